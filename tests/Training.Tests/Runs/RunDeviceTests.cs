using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public static class RunDeviceTests
{
    [Theory]
    [InlineData("auto", 0, 0, "cpu")]
    [InlineData("cpu", 1, 8, "cpu")]
    [InlineData("auto", 0, 1, "cuda:0")]
    [InlineData("auto", 3, 4, "cuda:3")]
    [InlineData("cuda", 2, 4, "cuda:2")]
    [InlineData("cuda:1", 3, 4, "cuda:1")]
    public static void A_process_takes_the_GPU_of_its_local_rank_unless_another_is_named(
        string name,
        int localRank,
        int gpus,
        string expected
    ) => Assert.Equal(expected, RunDevice.Of(name, localRank, gpus).ToString());

    [Theory]
    [InlineData("cuda", 0, 0, "'cuda'", "no CUDA device", "cpu")]
    [InlineData("cuda:1", 0, 1, "'cuda:1'", "sees 1")]
    [InlineData("auto", 2, 2, "'auto'", "local rank 2", "at most 2 processes")]
    public static void A_device_that_is_not_there_is_refused_with_what_is(
        string name,
        int localRank,
        int gpus,
        params string[] parts
    )
    {
        string message = Assert.Throws<RunException>(() => RunDevice.Of(name, localRank, gpus)).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }

    [Fact]
    public static void Channels_last_changes_how_a_detector_lies_in_memory_and_nothing_it_computes()
    {
        using TinyRun plain = new(TestConfig.Tiny());
        using TinyRun laid = new(TestConfig.Tiny(), channelsLast: true);
        Assert.Contains(
            laid.Detector.parameters(),
            weight => weight.ndim == 4 && weight.shape[1] > 1 && weight.stride()[1] == 1 && weight.stride()[3] > 1
        );
        StepReport expected = plain.Until(1)[0];
        StepReport actual = laid.Until(1)[0];
        Assert.Equal(expected.Losses.Total, actual.Losses.Total, 1e-4);
        Assert.Equal(expected.GradientNorm, actual.GradientNorm, 1e-2 * expected.GradientNorm);
        Assert.Null(laid.Until(3)[^1].NonFinite);
    }
}
