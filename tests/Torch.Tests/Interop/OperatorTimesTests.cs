using DynamicRcnn.Torch.Tests.Surface;
using Xunit;

namespace DynamicRcnn.Torch.Tests.Interop;

/// <summary>What operators took, over the whole process.</summary>
[Collection(nameof(LiveTensors))]
public sealed class OperatorTimesTests
{
    [Fact]
    public void Each_name_has_its_calls_and_their_own_time_those_of_the_backward_pass_too()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor left = ones(300, 300);
        left.requires_grad = true;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        OperatorTime[] times = ops.time(() =>
        {
            for (int i = 0; i < 3; i++)
            {
                left.matmul(left).sum().backward();
            }
        });
        double wall = clock.Elapsed.TotalSeconds;
        // Each product's gradient is two more.
        Assert.Equal(9, Of("aten::mm").Calls);
        Assert.Equal(3, Of("aten::matmul").Calls);
        Assert.Equal(3, Of("MmBackward0").Calls);
        Assert.All(times, time => Assert.True(time.Seconds >= 0 && time.ProcessorSeconds >= 0, $"{time}"));
        Assert.True(
            Of("aten::mm").Seconds > Of("aten::matmul").Seconds,
            "a product's time counts where it is computed"
        );
        Assert.InRange(times.Sum(time => time.Seconds), Of("aten::mm").Seconds, wall);
        Assert.Equal(times.OrderByDescending(time => time.Seconds), times);

        OperatorTime Of(string name) => Assert.Single(times, time => time.Name == name);
    }

    [Fact]
    public void A_second_look_begins_from_nothing_and_two_at_once_are_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor value = ones(1);
        ops.time(() => value.mul(value));
        Assert.DoesNotContain(ops.time(() => value.add(value)), time => time.Name == "aten::mul");
        TorchException error = Assert.Throws<TorchException>(() => ops.time(() => ops.time(() => { })));
        Assert.Contains("somebody times already", error.Message, StringComparison.Ordinal);
        Assert.Contains(ops.time(() => value.mul(value)), time => time.Name == "aten::mul");
    }
}
