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
            Bools([1, 3], true, true, false)
        );

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

        (Tensor classification, Tensor box) = new RoILoss(layout).Compute(output, Rois(9), torch.tensor(1f)).Means();
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
        double Loss(params double[] weights)
        {
            using RoILoss loss = new(layout, weights);
            return loss.Compute(output, Rois(9), torch.tensor(1f)).Means().Item1.item<float>();
        }
        // A RoI of class 1 and one of the background count; each has ln 3.
        Assert.Equal(Math.Log(3), Loss(), 1e-6);
        Assert.Equal(Math.Log(3), Loss(7, 1), 1e-6);
        Assert.Equal((4 + 1) * Math.Log(3) / 2, Loss(1, 4), 1e-5);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Loss(1, 2, 3));
        Assert.Contains("3 values, expected 2", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public static void Without_a_valid_RoI_both_losses_are_zero()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor none = Bools([1, 3], false, false, false);
        SampledRoIs rois = Rois(0) with { Positive = none, Valid = none };
        BoxHeadOutput output = new(torch.zeros([3, 3]), torch.zeros([3, 8]));
        (Tensor classification, Tensor box) = new RoILoss(new ClassLayout(2, false))
            .Compute(output, rois, torch.tensor(1f))
            .Means();
        Assert.Equal(0, classification.item<float>());
        Assert.Equal(0, box.item<float>());
    }
}
