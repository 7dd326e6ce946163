using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Training.Tests;

public sealed class SgdTests
{
    [Fact]
    public void Two_steps_by_hand_with_the_bias_rule()
    {
        SolverConfig solver = TestConfig.Tiny().Solver;
        using Parameter weight = new(torch.full([1], 1.0));
        using Parameter bias = new(torch.full([1], 1.0));
        using Sgd sgd = new([("a.weight", weight), ("a.bias", bias)], solver);
        double w = 1;
        double b = 1;
        double momentumW = 0;
        double momentumB = 0;
        foreach (double gradient in new[] { 0.5, -2.0 })
        {
            using (torch.NewDisposeScope())
            {
                weight.grad = torch.full([1], gradient);
                bias.grad = torch.full([1], gradient);
                sgd.Step(torch.tensor(0.1f), torch.tensor(1.0));
            }
            momentumW = (0.9 * momentumW) + gradient + (1e-4 * w);
            momentumB = (0.9 * momentumB) + gradient;
            w -= 0.1 * momentumW;
            b -= 0.2 * momentumB;
        }
        Assert.Equal(w, weight.item<float>(), 1e-6);
        Assert.Equal(b, bias.item<float>(), 1e-6);
    }

    [Fact]
    public void A_gradient_over_the_bound_is_scaled_to_it_and_one_under_it_is_not()
    {
        SolverConfig solver = TestConfig.Tiny().Solver;
        using Parameter weight = new(torch.zeros(2));
        using Sgd sgd = new([("w", weight)], solver);
        using DisposeScope scope = torch.NewDisposeScope();
        weight.grad = ops.from_span<float>([30, 40], [2]);
        torch.Tensor norm = sgd.GradientNorm();
        Assert.Equal(50, norm.item<float>(), 1e-4);
        sgd.Step(torch.tensor(1f), norm);
        float[] moved = ops.to_array<float>(weight);
        Assert.Equal(-6, moved[0], 1e-4);
        Assert.Equal(-8, moved[1], 1e-4);
    }
}
