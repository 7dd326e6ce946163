using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests;

public static class LayerStartTests
{
    private const int Inputs = 300;
    private const int Outputs = 20;

    public static TheoryData<bool, double> Bounds =>
        new() { { true, Math.Sqrt(3.0 / Inputs) }, { false, Math.Sqrt(6.0 / (Inputs + Outputs)) } };

    [Theory]
    [MemberData(nameof(Bounds))]
    public static void A_weight_is_uniform_within_the_profiles_bound_and_a_bias_is_zero(bool official, double bound)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.manual_seed(1);
        Tensor weight = torch.zeros([Outputs, Inputs]);
        Tensor bias = torch.ones([Outputs]);
        LayerStart.Draw(official ? TestConfig.Official : TestConfig.MMDetection, weight, bias);
        // Of 6,000 draws the largest is nearly at the bound.
        Assert.InRange(Read(weight).Max(Math.Abs), 0.99 * bound, bound);
        Assert.All(Read(bias), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public static void The_pyramid_and_the_hidden_layers_start_so(bool official)
    {
        Conventions conventions = official ? TestConfig.Official : TestConfig.MMDetection;
        torch.manual_seed(1);
        using Detector detector = new(TestConfig.Model(conventions: conventions, fpnNorm: false), 2);
        Dictionary<string, Tensor> state = detector.state_dict();
        foreach (string name in new[] { "fpn.output.0.weight", "roi_head.fc1.weight", "roi_head.fc2.weight" })
        {
            long[] shape = state[name].shape;
            long kernel = shape.Length == 4 ? shape[2] * shape[3] : 1;
            double bound = Math.Sqrt(official ? 3.0 / (shape[1] * kernel) : 6.0 / ((shape[0] + shape[1]) * kernel));
            Assert.InRange(Read(state[name]).Max(Math.Abs), 0.97 * bound, bound * (1 + 1e-6));
        }
    }
}
