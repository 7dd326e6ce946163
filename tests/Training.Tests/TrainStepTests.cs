using DynamicRcnn.Core;
using DynamicRcnn.Torch;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class TrainStepTests
{
    [Fact]
    public void Four_real_images_are_learnt()
    {
        using TinyRun run = new(TestConfig.Tiny(iterations: 120));
        List<StepReport> reports = run.Until(120);
        double before = reports.Take(5).Average(report => report.Losses.Total);
        double after = reports.TakeLast(5).Average(report => report.Losses.Total);
        Assert.All(reports, report => Assert.Null(report.NonFinite));
        Assert.True(after < 0.5 * before, $"{before} -> {after}");
        // The proposals improve, so both halves of the schedule leave their start.
        Assert.True(run.State.Setting.IoUThreshold > 0.4, $"{run.State.Setting}");
        Assert.True(run.State.Setting.Beta < 1, $"{run.State.Setting}");
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_no_step_keeps_a_tensor()
    {
        using TinyRun first = new(TestConfig.Tiny());
        first.Until(3);
        long before = ops.live_tensors;
        first.Until(8);
        Assert.Equal(before, ops.live_tensors);
        using TinyRun second = new(TestConfig.Tiny());
        second.Until(8);
        Assert.Equal(first.Bits(), second.Bits());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(13)]
    [InlineData(20)]
    public void A_run_that_stops_and_goes_on_equals_one_that_does_not(int cut)
    {
        // Cuts during the warm-up, inside an update window, and at its end.
        string path = Path.Combine(Path.GetTempPath(), $"drcnn-{Guid.NewGuid():N}.safetensors");
        try
        {
            using TinyRun whole = new(TestConfig.Tiny());
            whole.Until(26);
            using TinyRun first = new(TestConfig.Tiny());
            first.Until(cut);
            first.Save(path);
            using TinyRun second = new(TestConfig.Tiny());
            second.Load(path);
            Assert.Equal(cut, second.State.Iteration);
            second.Until(26);
            Assert.Equal(whole.Bits(), second.Bits());
            Assert.Equal(CoreApi.WriteState(whole.State), CoreApi.WriteState(second.State));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_step_that_is_not_finite_changes_nothing_and_names_the_cause()
    {
        using TinyRun run = new(TestConfig.Tiny());
        run.Until(3);
        torch.Tensor poisoned = run.Detector.state_dict()["roi_head.fc1.bias"];
        using (torch.no_grad())
        {
            poisoned.fill_(float.NaN);
        }
        Dictionary<string, byte[]> before = run.Bits();
        StepReport report = Assert.Single(run.Until(4));
        Assert.Equal("the classification loss", report.NonFinite);
        Assert.Equal(before, run.Bits());
    }
}
