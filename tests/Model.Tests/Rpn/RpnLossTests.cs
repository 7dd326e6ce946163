using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Rpn;

public static class RpnLossTests
{
    /// <summary>Two anchors, one of them on the ground truth, and the truth moved by a tenth of its side.</summary>
    private static (Tensor Objectness, Tensor Box) Losses(
        double lossBeta,
        GroundTruth truth,
        Conventions? conventions = null
    )
    {
        RpnOutput output = new(
            Floats([1, 2], 2, -1),
            torch.zeros([1, 2, 4]),
            Floats([2, 4], 0, 0, 20, 20, 50, 50, 70, 70),
            [2]
        );
        ImageInput input = new(torch.zeros([1, 3, 100, 100]), Floats([1, 2], 100, 100), Longs([1], 1));
        RpnLoss loss = new(TestConfig.Rpn(lossBeta: lossBeta), conventions ?? TestConfig.New);
        return loss.Compute(output, PaddedTruth.From(truth), input, new SamplingSeed(1, 1)).Means();
    }

    [Theory]
    [InlineData(0, 0.1)]
    [InlineData(1, 0.005)]
    public static void Both_are_divided_by_the_sampled_anchors(double lossBeta, double distance)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor objectness, Tensor box) = Losses(lossBeta, Truth(0, ([2, 0, 22, 20], [0])));
        double expected = (Math.Log(1 + Math.Exp(-2)) + Math.Log(1 + Math.Exp(-1))) / 2;
        Assert.Equal(expected, objectness.item<float>(), 1e-6);
        Assert.Equal(distance / 2, box.item<float>(), 1e-6);
    }

    [Fact]
    public static void MMDetections_divisor_counts_the_positive_that_an_image_lacks()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double sum = Math.Log(1 + Math.Exp(2)) + Math.Log(1 + Math.Exp(-1));
        double Objectness(Conventions conventions) =>
            Losses(0, Truth(0, 1, ([], [])), conventions).Objectness.item<float>();
        Assert.Equal(sum / 2, Objectness(TestConfig.Official), 1e-6);
        Assert.Equal(sum / 3, Objectness(TestConfig.MMDetection), 1e-6);
    }

    [Fact]
    public static void Without_ground_truth_only_background_is_learnt()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (Tensor objectness, Tensor box) = Losses(0, Truth(float.NaN, 3, ([], [])));
        double expected = (Math.Log(1 + Math.Exp(2)) + Math.Log(1 + Math.Exp(-1))) / 2;
        Assert.Equal(expected, objectness.item<float>(), 1e-6);
        Assert.Equal(0, box.item<float>());
    }
}
