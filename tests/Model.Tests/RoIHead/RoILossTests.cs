using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class RoILossTests
{
    /// <summary>Three slots: a positive of class 1, a background, one that is not valid. Two classes.</summary>
    private static SampledRoIs Rois(float garbage) =>
        new(
            torch.zeros([1, 3, 4]),
            Longs([1, 3], 1, 0, 1),
            Floats([1, 3, 4], 0.5f, 0, 0, 0, 0, 0, 0, 0, garbage, 0, 0, 0),
            Bools([1, 3], true, false, false),
            Bools([1, 3], true, true, false),
            Longs([1, 3], 0, 1, 2)
        );

    private static RoILoss Loss(ClassLayout layout, BoxLoss? loss = null, double weight = 1) =>
        new(layout, TestConfig.RoIHead(boxLoss: loss, boxLossWeight: weight), TestConfig.MMDetection);

    [Fact]
    public static void L1_has_no_beta_and_the_weight_is_a_factor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ClassLayout layout = new(2, false);
        float[] deltas = new float[24];
        deltas[4] = 2.5f; // 2 away from the target
        deltas[7] = 0.5f;
        BoxHeadOutput output = new(torch.zeros([3, 3]), Floats([3, 8], deltas));
        foreach (float beta in new[] { 0, 1f })
        {
            (_, Tensor box) = Loss(layout, BoxLoss.L1, 3).Compute(output, Rois(9), torch.tensor(beta)).Means();
            Assert.Equal(3 * 2.5 / 2, box.item<float>(), 1e-6);
        }
    }

    [Fact]
    public static void GIoU_compares_the_decoded_box_of_the_positives_class_with_its_ground_truth()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ClassLayout layout = new(2, false);
        Tensor deltas = torch.zeros([3, 8]);
        deltas.requires_grad = true;
        BoxHeadOutput output = new(torch.zeros([3, 3]), deltas);
        SampledRoIs rois = Rois(float.NaN) with { Boxes = Floats([1, 3, 4], 0, 0, 20, 20, 5, 5, 5, 5, 0, 0, 0, 0) };
        // A target of 0.5 with deviation 0.1 is 0.05 x 20 = 1 pixel to the right: 19 of 21 pixels in common, all of them enclosed.
        (_, Tensor box) = Loss(layout, BoxLoss.GIoU, 10).Compute(output, rois, torch.tensor(1f)).Means();
        Assert.Equal(10 * (1 - (19.0 / 21)) / 2, box.item<float>(), 1e-5);
        box.backward();
        float[] gradient = Read(deltas.grad!);
        Assert.All(gradient, value => Assert.True(float.IsFinite(value)));
        // Only the positive's box of class 1, and it wants to go to the right.
        Assert.True(gradient[4] < 0);
        Assert.All(gradient.Take(4).Concat(gradient.Skip(8)), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void Both_losses_are_means_over_the_valid_RoIs(bool backgroundFirst)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ClassLayout layout = new(2, backgroundFirst);
        // Scores of class 1: e / (e + 2); of the background: 1 / 3. The last row must not count.
        float[] logits = new float[9];
        logits[layout.FirstForegroundRow + 1] = 1;
        logits[6] = 50;
        float[] deltas = new float[3 * 4 * layout.BoxCount];
        deltas[4 * (layout.FirstForegroundRow + 1)] = 2.5f; // 2 away from the target
        deltas[4 * (layout.FirstForegroundRow + 1) + 3] = 0.5f;
        BoxHeadOutput output = new(Floats([3, 3], logits), Floats([3, 4 * layout.BoxCount], deltas));

        (Tensor classification, Tensor box) = Loss(layout).Compute(output, Rois(9), torch.tensor(1f)).Means();
        double expected = (Math.Log(Math.E + 2) - 1 + Math.Log(3)) / 2;
        Assert.Equal(expected, classification.item<float>(), 1e-5);
        Assert.Equal((1.5 + 0.125) / 2, box.item<float>(), 1e-6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public static void A_class_weight_multiplies_the_loss_of_the_RoIs_of_its_class_alone(bool backgroundFirst)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ClassLayout layout = new(2, backgroundFirst);
        BoxHeadOutput output = new(torch.zeros([3, 3]), torch.zeros([3, 4 * layout.BoxCount]));
        double Weighted(params double[] weights)
        {
            using RoILoss loss = new(layout, TestConfig.RoIHead(classWeights: weights), TestConfig.MMDetection);
            return loss.Compute(output, Rois(9), torch.tensor(1f)).Means().Item1.item<float>();
        }
        // A RoI of class 1 and one of the background count; each has ln 3.
        Assert.Equal(Math.Log(3), Weighted(), 1e-6);
        Assert.Equal(Math.Log(3), Weighted(7, 1), 1e-6);
        Assert.Equal((4 + 1) * Math.Log(3) / 2, Weighted(1, 4), 1e-5);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Weighted(1, 2, 3));
        Assert.Contains("3 values, expected 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public static void Without_a_valid_RoI_both_losses_are_zero()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor none = Bools([1, 3], false, false, false);
        SampledRoIs rois = Rois(0) with { Positive = none, Valid = none };
        BoxHeadOutput output = new(torch.zeros([3, 3]), torch.zeros([3, 8]));
        (Tensor classification, Tensor box) = Loss(new ClassLayout(2, false))
            .Compute(output, rois, torch.tensor(1f))
            .Means();
        Assert.Equal(0, classification.item<float>());
        Assert.Equal(0, box.item<float>());
    }
}
