using System.Globalization;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Which detections become boxes of a data set, which has no scores: those that are drawn. Counts the others.</summary>
/// <param name="leastScore">Of what is drawn.</param>
/// <param name="boxOffset">1 where a detector's box of one pixel has equal corners, else 0.</param>
internal sealed class ShownBoxes(double leastScore, int boxOffset)
{
    private int pictures;
    private int written;
    private int below;
    private int lost;

    /// <summary>A score as sentences have it.</summary>
    public static string Text(double score) => score.ToString("0.00##", CultureInfo.InvariantCulture);

    /// <summary>A detection as files have it, whose right and bottom edges are exclusive.</summary>
    public static LabelledBox Edges(DetectedObject found, int boxOffset) =>
        new(found.X1, found.Y1, found.X2 + boxOffset, found.Y2 + boxOffset, found.Label, found.Score);

    /// <summary>The boxes of a picture, clipped to it.</summary>
    public IReadOnlyList<LabelledBox> Of(Prediction prediction)
    {
        DetectedObject[] shown = [.. prediction.Detections.Where(found => found.Score >= leastScore)];
        IReadOnlyList<LabelledBox> boxes = LabelledBox.Inside(
            shown.Select(found => Edges(found, boxOffset)),
            prediction.Size
        );
        pictures++;
        written += boxes.Count;
        below += prediction.Detections.Count - shown.Length;
        lost += shown.Length - boxes.Count;
        return boxes;
    }

    /// <summary>Boxes of a picture that a format does not take.</summary>
    public void Lose(int count)
    {
        written -= count;
        lost += count;
    }

    /// <summary>What was written and what was not, as the rest of a sentence.</summary>
    public string Summary(string what) =>
        $"{Amount.Count(written, what, what == "box" ? "boxes" : what + "s")} of {Amount.Count(pictures, "picture")}"
        + (below == 0 ? "" : $"; {below} left out with a score below {Text(leastScore)}")
        + (lost == 0 ? "" : $"; {lost} left out that have no area in their picture or are there twice");
}
