using DynamicRcnn.Tests;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class WeightAverageTests
{
    [Fact]
    public void The_average_forgets_the_start_fast_at_first_and_at_the_decay_later()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using Parameter weight = new(torch.zeros(1));
        using WeightAverage average = new([("w", weight)], decay: 0.9);
        Set(weight, 1);
        average.Update(1, torch.tensor(1f)); // kept: 2 / 11
        Assert.Equal(1 - (2.0 / 11), Value(average), 1e-6);
        average.Update(1000, torch.tensor(1f)); // kept: 0.9
        Assert.Equal(1 - (0.9 * 2 / 11), Value(average), 1e-6);
    }

    [Fact]
    public void The_averages_stand_in_for_the_weights_and_give_them_back_to_the_bit()
    {
        long before = TensorCount.Settled();
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            using Parameter weight = new(torch.tensor(0.1f));
            using WeightAverage average = new([("w", weight)], decay: 0.5);
            Set(weight, 0.7f);
            using (average.Applied())
            {
                Assert.Equal(0.1f, weight.item<float>());
            }
            Assert.Equal(0.7f, weight.item<float>());
        }
        Assert.Equal(before, ops.live_tensors);
    }

    private static void Set(Parameter weight, float value)
    {
        using IDisposable unrecorded = torch.no_grad();
        weight.fill_(value);
    }

    private static double Value(WeightAverage average) => average.Tensors["w"].item<float>();
}
