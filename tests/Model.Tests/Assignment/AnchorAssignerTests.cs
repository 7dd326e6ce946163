using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.Assignment;

public static class AnchorAssignerTests
{
    private static readonly float[] Size = [100, 100];

    /// <summary>Two truths share their best anchor; the second truth overlaps it less than the first.</summary>
    private static readonly float[] SharedAnchor = [0, 0, 20, 20];
    private static readonly float[] TwoTruths = [0, 0, 20, 20, 0, 0, 20, 8];

    private static AnchorLabels Assign(
        float[] anchors,
        float[] truths,
        Conventions conventions,
        double minimumPositiveIoU
    )
    {
        AnchorAssigner assigner = new(TestConfig.Rpn(minimumPositiveIoU), conventions);
        long[] labels = new long[truths.Length / 4];
        GroundTruth truth = PaddedTruth.From(Truth(50, labels.Length + 2, (truths, labels)));
        return assigner.Assign(Floats([anchors.Length / 4, 4], anchors), truth, Floats([1, 2], Size));
    }

    private static Conventions With(bool toGroundTruth, bool ignoreOutside = false) =>
        TestConfig.Changed($"lowQualityMatchToGroundTruth={toGroundTruth}", $"ignoreOutsideAnchors={ignoreOutside}");

    [Fact]
    public static void Thresholds_are_inclusive_above_and_exclusive_below()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        // IoU with the truth (0, 0, 10, 10): 1, 0.7, 0.5, 0.3, 0.2.
        float[] anchors = [0, 0, 10, 10, 0, 0, 10, 7, 0, 0, 10, 5, 0, 0, 10, 3, 0, 0, 10, 2];
        AnchorLabels labels = Assign(anchors, [0, 0, 10, 10], With(toGroundTruth: true), 0.3);
        Assert.Equal([true, true, false, false, false], ReadBools(labels.Positive));
        Assert.Equal([false, false, false, false, true], ReadBools(labels.Negative));
    }

    [Fact]
    public static void A_truth_without_a_good_anchor_takes_every_anchor_tied_at_its_best()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors = [0, 0, 10, 5, 0, 5, 10, 10, 0, 0, 10, 4];
        AnchorLabels labels = Assign(anchors, [0, 0, 10, 10], With(toGroundTruth: true), 0.3);
        Assert.Equal([true, true, false], ReadBools(labels.Positive));
    }

    [Fact]
    public static void Below_the_minimum_a_truth_takes_no_anchor()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors = [0, 0, 10, 2, 50, 50, 60, 60];
        AnchorLabels with = Assign(anchors, [0, 0, 10, 10], With(toGroundTruth: true), 0.3);
        Assert.Equal([false, false], ReadBools(with.Positive));
        AnchorLabels without = Assign(anchors, [0, 0, 10, 10], With(toGroundTruth: true), 0);
        Assert.Equal([true, false], ReadBools(without.Positive));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public static void A_low_quality_match_goes_where_the_convention_says(bool toGroundTruth, long expected)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AnchorLabels labels = Assign(SharedAnchor, TwoTruths, With(toGroundTruth), 0.3);
        Assert.Equal([true], ReadBools(labels.Positive));
        Assert.Equal([expected], ReadLongs(labels.Matched));
    }

    [Fact]
    public static void Without_a_minimum_a_truth_far_from_every_anchor_takes_those_with_IoU_zero()
    {
        // The released code's quirk: a best IoU of 0 ties with every anchor whose IoU is 0.
        using DisposeScope scope = torch.NewDisposeScope();
        AnchorLabels labels = Assign([0, 0, 10, 10, 20, 20, 30, 30], [80, 80, 90, 90], With(false), 0);
        Assert.Equal([true, true], ReadBools(labels.Positive));
        Assert.Equal([0L, 0L], ReadLongs(labels.Matched));
    }

    [Fact]
    public static void Anchors_over_the_border_are_neither_when_the_convention_ignores_them()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] anchors = [-1, 0, 10, 10, 95, 95, 100, 99, 40, 40, 50, 50];
        AnchorLabels ignoring = Assign(anchors, [0, 0, 10, 10], With(true, ignoreOutside: true), 0.3);
        Assert.Equal([false, false, false], ReadBools(ignoring.Positive));
        Assert.Equal([false, false, true], ReadBools(ignoring.Negative));
        AnchorLabels using_ = Assign(anchors, [0, 0, 10, 10], With(true), 0.3);
        Assert.Equal([true, false, false], ReadBools(using_.Positive));
    }

    [Fact]
    public static void Without_ground_truth_every_anchor_is_negative()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AnchorLabels labels = Assign([0, 0, 10, 10, 20, 20, 30, 30], [], With(true), 0.3);
        Assert.Equal([false, false], ReadBools(labels.Positive));
        Assert.Equal([true, true], ReadBools(labels.Negative));
    }
}
