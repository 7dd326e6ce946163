using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class SoftNmsTests
{
    // b covers 80 of a's 100 columns: IoU 80 / 100 with a. c lies apart from a: its IoU with b is 0 too. d overlaps a by a third.
    private static readonly float[] Boxes = [0, 0, 100, 10, 0, 0, 80, 10, 0, 50, 100, 60, 50, 0, 150, 10];
    private static readonly float[] Scores = [0.9f, 0.8f, 0.7f, 0.6f];

    private static float[] Rescore(
        SoftNmsKind kind,
        double minimumScore = 0.001,
        double sigma = 0.5,
        long[]? groups = null,
        float[]? scores = null
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        SoftNms softNms = SoftNms.Of(new SoftNmsConfig(kind, sigma, minimumScore), TestConfig.Model())!;
        ClassBoxes found = new(Floats([1, 4, 4], Boxes), Floats([1, 4], scores ?? Scores), torch.ones([1, 4]).gt(0));
        return Read(softNms.Rescore(found, Longs([1, 4], groups ?? [0, 0, 0, 0])));
    }

    [Fact]
    public static void Linear_takes_the_overlap_off_a_score_above_the_threshold_alone()
    {
        // a first. IoU(a, b) = 0.8: b = 0.8 * 0.2 = 0.16. IoU(a, d) = 500 / 1500 < 0.5: d stays, and is better than b.
        // d comes before b: IoU(d, b) = 300 / 1500 = 0.2: b stays.
        Close([0.9f, 0.16f, 0.7f, 0.6f], Rescore(SoftNmsKind.Linear), 1e-6);
    }

    [Fact]
    public static void Gaussian_lowers_every_overlapping_score()
    {
        // b: exp(-0.64 / 0.5) = 0.278037, 0.8 * 0.278037 = 0.222430. d: exp(-(1/9) / 0.5) = 0.800737, 0.6 * 0.800737 = 0.480442.
        // Then d before b: exp(-0.04 / 0.5) = 0.923116, 0.222430 * 0.923116 = 0.205329. c overlaps nothing.
        Close([0.9f, 0.205329f, 0.7f, 0.480442f], Rescore(SoftNmsKind.Gaussian), 2e-6);
        // Sigma 1: b: 0.8 * exp(-0.64 - 0.04) = 0.405293, d: 0.6 * exp(-1/9) = 0.536904.
        Close([0.9f, 0.405293f, 0.7f, 0.536904f], Rescore(SoftNmsKind.Gaussian, sigma: 1), 2e-6);
    }

    [Fact]
    public static void A_box_below_the_least_score_goes()
    {
        Close([0.9f, -1, 0.7f, 0.6f], Rescore(SoftNmsKind.Linear, minimumScore: 0.17), 1e-6);
        Close([0.9f, 0.16f, 0.7f, 0.6f], Rescore(SoftNmsKind.Linear, minimumScore: 0.15), 1e-6);
    }

    [Fact]
    public static void Boxes_of_other_classes_do_not_matter_and_those_without_one_go()
    {
        Close([0.9f, 0.8f, 0.7f, -1], Rescore(SoftNmsKind.Gaussian, groups: [0, 1, 0, -1]), 1e-6);
    }

    [Fact]
    public static void Of_equal_scores_the_first_row_is_the_better_one()
    {
        Close([0.5f, 0.1f, 0.5f, 0.5f], Rescore(SoftNmsKind.Linear, scores: [0.5f, 0.5f, 0.5f, 0.5f]), 1e-6);
    }

    [Fact]
    public static void Plain_suppression_needs_none() =>
        Assert.Null(SoftNms.Of(new SoftNmsConfig(SoftNmsKind.None, 0.5, 0.001), TestConfig.Model()));
}
