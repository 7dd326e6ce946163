using System.Diagnostics;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>
/// Runs an exported file beside the detector that it was made from, and keeps how far apart what they find is. Both round: where two scores, or
/// an overlap and its threshold, are equal but for rounding, either may be right.
/// </summary>
/// <param name="detector">The original.</param>
/// <param name="exported">The file's.</param>
/// <param name="config">The original's: score threshold, suppression, most detections, and what is added to widths and heights.</param>
internal sealed class ExportCheck(IObjectDetector detector, IObjectDetector exported, Config config)
{
    /// <summary>What float32 leaves of a coordinate, for a side of up to 1000 pixels.</summary>
    private const double LargestBoxDifference = 1e-3;

    /// <summary>The same for longer sides, as a share of them.</summary>
    private const double LargestBoxShare = 1e-6;

    /// <summary>Of scores and of IoUs.</summary>
    private const double LargestScoreDifference = 1e-4;

    /// <summary>Two boxes of one class that overlap more are one box at two places, which rounding does not explain.</summary>
    private const double SameBox = 0.99;

    private readonly RoIHeadConfig head = config.Model.RoIHead;
    private readonly int boxOffset = config.Model.Conventions.BoxOffset;

    private readonly Stopwatch ours = new();
    private readonly Stopwatch theirs = new();

    public int Pictures { get; private set; }

    /// <summary>Detections of the original.</summary>
    public int Found { get; private set; }

    /// <summary>Detections of either that the other has not, because a score or an overlap is at its limit.</summary>
    public int Undecided { get; private set; }

    /// <summary>Pixels.</summary>
    public double BoxDifference { get; private set; }

    public double ScoreDifference { get; private set; }

    public TimeSpan OurTime => ours.Elapsed;

    public TimeSpan TheirTime => theirs.Elapsed;

    /// <summary>Looks at a picture.</summary>
    /// <returns>What differs by more than it may, in one sentence; null: nothing.</returns>
    public string? Look(RgbImage picture)
    {
        ours.Start();
        IReadOnlyList<DetectedObject> original = detector.Detect(picture);
        ours.Stop();
        theirs.Start();
        IReadOnlyList<DetectedObject> found = exported.Detect(picture);
        theirs.Stop();
        Pictures++;
        Found += original.Count;
        double largest = Math.Max(LargestBoxDifference, LargestBoxShare * Math.Max(picture.Width, picture.Height));
        List<DetectedObject> left = [.. found];
        List<DetectedObject> alone = [];
        foreach (DetectedObject box in original)
        {
            int partner = Partner(box, left, largest);
            if (partner < 0)
            {
                alone.Add(box);
                continue;
            }
            BoxDifference = Math.Max(BoxDifference, Distance(box, left[partner]));
            ScoreDifference = Math.Max(ScoreDifference, Math.Abs(box.Score - left[partner].Score));
            left.RemoveAt(partner);
        }
        double limit = Math.Max(Limit(original), Limit(found)) + LargestScoreDifference;
        Undecided += alone.Count + left.Count;
        return Sentence(alone, found, left, "the detector", "the file")
            ?? Sentence(left, original, alone, "the file", "the detector");

        string? Sentence(
            List<DetectedObject> boxes,
            IReadOnlyList<DetectedObject> others,
            List<DetectedObject> othersAlone,
            string one,
            string other
        )
        {
            DetectedObject[] lost =
            [
                .. boxes.Where(box => box.Score > limit && !others.Any(by => MaySuppress(by, box, othersAlone))),
            ];
            return lost.Length == 0
                ? null
                : $"{one} finds {Amount.Count(lost.Length, "object")} that {other} has not within {largest:g2} pixels and a score of {LargestScoreDifference:g2}, such as {detector.Classes[lost[0].Label].Name} {lost[0].Score:F4} at {lost[0].X1:F2}, {lost[0].Y1:F2} to {lost[0].X2:F2}, {lost[0].Y2:F2}";
        }
    }

    /// <summary>
    /// Whether one of the other's detections takes a box there, but not here: it is not here either, or its score or its overlap is at the limit.
    /// </summary>
    private bool MaySuppress(DetectedObject by, DetectedObject box, List<DetectedObject> othersAlone)
    {
        double overlap = IoU(by, box);
        return (by.Label == box.Label || config.Evaluation.SuppressAcrossClasses)
            && by.Score > box.Score - LargestScoreDifference
            && overlap > head.NmsIoU - LargestScoreDifference
            && overlap < SameBox
            && (
                othersAlone.Contains(by)
                || by.Score < box.Score + LargestScoreDifference
                || overlap < head.NmsIoU + LargestScoreDifference
            );
    }

    private double IoU(DetectedObject a, DetectedObject b)
    {
        double width = Math.Min(a.X2, b.X2) - Math.Max(a.X1, b.X1) + boxOffset;
        double height = Math.Min(a.Y2, b.Y2) - Math.Max(a.Y1, b.Y1) + boxOffset;
        double shared = Math.Max(0, width) * Math.Max(0, height);
        return shared / (Area(a) + Area(b) - shared);
    }

    private double Area(DetectedObject box) =>
        ((double)box.X2 - box.X1 + boxOffset) * ((double)box.Y2 - box.Y1 + boxOffset);

    /// <summary>The score below which a detection may be missing: the threshold, or that of the last place.</summary>
    private double Limit(IReadOnlyList<DetectedObject> found) =>
        found.Count < head.DetectionsPerImage ? head.ScoreThreshold : found.Min(box => box.Score);

    private static int Partner(DetectedObject box, List<DetectedObject> others, double largest)
    {
        int best = -1;
        for (int i = 0; i < others.Count; i++)
        {
            if (
                others[i].Label == box.Label
                && Math.Abs(others[i].Score - box.Score) <= LargestScoreDifference
                && Distance(others[i], box) <= largest
                && (best < 0 || Distance(others[i], box) < Distance(others[best], box))
            )
            {
                best = i;
            }
        }
        return best;
    }

    private static double Distance(DetectedObject a, DetectedObject b) =>
        Math.Max(
            Math.Max(Math.Abs(a.X1 - b.X1), Math.Abs(a.Y1 - b.Y1)),
            Math.Max(Math.Abs(a.X2 - b.X2), Math.Abs(a.Y2 - b.Y2))
        );
}
