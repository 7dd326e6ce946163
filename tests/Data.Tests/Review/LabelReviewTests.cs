using Xunit;

namespace DynamicRcnn.Data.Tests.Review;

/// <summary>Mistakes among labels, of detections that are made by hand.</summary>
public sealed class LabelReviewTests
{
    [Fact]
    public void Each_mistake_is_known_by_what_was_found()
    {
        GroundTruthBox right = Label(0, 0, 20, 20, 0);
        GroundTruthBox swapped = Label(50, 0, 70, 20, 1);
        GroundTruthBox misplaced = Label(0, 50, 20, 70, 0);
        GroundTruthBox spurious = Label(50, 50, 70, 70, 1);
        LabelledBox[] found =
        [
            Found(1, 0, 20, 20, 0, 0.95f),
            Found(50, 1, 70, 20, 0, 0.9f),
            Found(51, 1, 70, 20, 1, 0.2f),
            Found(11, 52, 31, 72, 0, 0.8f),
            Found(80, 80, 99, 99, 1, 0.7f),
            Found(81, 80, 99, 99, 0, 0.6f),
        ];
        IReadOnlyList<SuspectLabel> suspects = LabelReview.Of(Image(right, swapped, misplaced, spurious), found);
        (LabelMistake, GroundTruthBox?, LabelledBox?, double)[] expected =
        [
            (LabelMistake.Spurious, right, found[0], 0.05),
            (LabelMistake.Swapped, swapped, found[1], 0.7),
            (LabelMistake.Misplaced, misplaced, found[3], 0.8),
            (LabelMistake.Spurious, spurious, null, 1),
            (LabelMistake.Missing, null, found[4], 0.7),
        ];
        Assert.Equal(
            expected,
            suspects.Select(suspect => (suspect.Kind, suspect.Label, suspect.Found, Math.Round(suspect.Score, 4)))
        );
        Assert.Equal(
            [3, 2, 4, 1, 0],
            LabelReview.Ranked(suspects).Select(suspect => suspects.ToList().IndexOf(suspect))
        );
    }

    [Fact]
    public void A_neighbours_detection_makes_no_label_misplaced()
    {
        GroundTruthBox left = Label(0, 0, 20, 20, 0);
        GroundTruthBox right = Label(14, 0, 34, 20, 0);
        IReadOnlyList<SuspectLabel> suspects = LabelReview.Of(Image(left, right), [Found(14, 0, 34, 20, 0, 0.9f)]);
        Assert.DoesNotContain(suspects, suspect => suspect.Kind == LabelMistake.Misplaced);
    }

    [Fact]
    public void Nothing_is_judged_or_missing_in_crowds()
    {
        GroundTruthBox crowd = Label(0, 0, 60, 60, 0) with { Crowd = true };
        Assert.Empty(LabelReview.Of(Image(crowd), [Found(10, 10, 20, 20, 0, 0.9f)]));
        Assert.Single(LabelReview.Of(Image(crowd), [Found(50, 50, 90, 90, 0, 0.9f)]));
    }

    private static ImageRecord Image(params GroundTruthBox[] labels) => new(1, "/a.png", "a.png", 100, 100, labels);

    private static GroundTruthBox Label(float x1, float y1, float x2, float y2, int label) =>
        new(x1, y1, x2, y2, label, Crowd: false, (x2 - x1) * (y2 - y1), 1);

    private static LabelledBox Found(float x1, float y1, float x2, float y2, int label, float score) =>
        new(x1, y1, x2, y2, label, score);
}
