namespace DynamicRcnn.Data;

/// <summary>What may be wrong with a label.</summary>
internal enum LabelMistake
{
    /// <summary>An object without a label.</summary>
    Missing,

    /// <summary>A label where nothing is.</summary>
    Spurious,

    /// <summary>A label beside its object.</summary>
    Misplaced,

    /// <summary>A label of another class.</summary>
    Swapped,
}

/// <summary>A label, or the place where one is missing, and how likely it is a mistake.</summary>
/// <param name="Image">Where it is.</param>
/// <param name="Kind">The likeliest mistake.</param>
/// <param name="Score">From 0, certainly right, to 1.</param>
/// <param name="Label">Null where it is missing.</param>
/// <param name="Found">What the detector found there; null where it found nothing.</param>
internal sealed record SuspectLabel(
    ImageRecord Image,
    LabelMistake Kind,
    double Score,
    GroundTruthBox? Label,
    LabelledBox? Found
);

/// <summary>Compares labels with what a detector finds.</summary>
internal static class LabelReview
{
    /// <summary>A detection that overlaps a label so much has found its object.</summary>
    private const double SameObject = 0.5;

    /// <summary>One that overlaps it less is not about it.</summary>
    private const double SamePlace = 0.1;

    /// <summary>A detection with no label that overlaps it so much is about an object without one.</summary>
    private const double Unlabelled = 0.2;

    /// <summary>Of two such detections that overlap so much, the lower is about the same object.</summary>
    private const double Repeated = 0.3;

    /// <summary>Overlaps from which a detection says nothing for a label's corners, and from which it says all for them.</summary>
    private const double Loose = 0.3;

    private const double Tight = 0.7;

    /// <summary>
    /// Each label with its likeliest mistake, and each detection that no label is near, however low its score. Crowds and difficult objects are not judged,
    /// and nothing is missing where they are.
    /// </summary>
    /// <param name="image">With its labels.</param>
    /// <param name="found">In the image, with labels that mean the same classes.</param>
    internal static IReadOnlyList<SuspectLabel> Of(ImageRecord image, IReadOnlyList<LabelledBox> found)
    {
        LabelledBox[] best = [.. found.OrderByDescending(box => box.Score)];
        GroundTruthBox[] objects = [.. image.Boxes.Where(label => !label.Crowd)];
        double[][] overlaps = [.. objects.Select(label => best.Select(box => IoU(Edges(label), box)).ToArray())];
        List<LabelledBox> unlabelled = [];
        foreach (LabelledBox box in best)
        {
            if (image.Boxes.All(label => IsFar(label, box)) && unlabelled.All(other => IoU(other, box) < Repeated))
            {
                unlabelled.Add(box);
            }
        }
        return
        [
            .. objects.Select((_, place) => Judge(image, objects, best, overlaps, place)),
            .. unlabelled.Select(box => new SuspectLabel(image, LabelMistake.Missing, box.Score, Label: null, box)),
        ];
    }

    /// <summary>All of them, the likeliest mistakes first.</summary>
    internal static IReadOnlyList<SuspectLabel> Ranked(IEnumerable<SuspectLabel> suspects) =>
        [.. suspects.OrderByDescending(suspect => suspect.Score)];

    private static SuspectLabel Judge(
        ImageRecord image,
        GroundTruthBox[] objects,
        LabelledBox[] best,
        double[][] overlaps,
        int place
    )
    {
        GroundTruthBox label = objects[place];
        double[] own = overlaps[place];
        double right = Enumerable
            .Range(0, best.Length)
            .Where(at => best[at].Label == label.Label && own[at] >= SameObject)
            .Select(at => best[at].Score * Math.Min(1, (own[at] - Loose) / (Tight - Loose)))
            .DefaultIfEmpty()
            .Max();
        LabelledBox? other = First(at => best[at].Label != label.Label && own[at] >= SameObject);
        LabelledBox? near = First(at => own[at] >= SamePlace);
        // Of the objects around it is this label's that none other is nearer to.
        LabelledBox? beside = First(at =>
            best[at].Label == label.Label
            && own[at] is >= SamePlace and < SameObject
            && own[at] >= overlaps.Max(of => of[at])
        );
        SuspectLabel[] mistakes =
        [
            Of(LabelMistake.Spurious, 1 - Score(near), near),
            Of(LabelMistake.Misplaced, Score(beside) - right, beside),
            Of(LabelMistake.Swapped, Score(other) - right, other),
        ];
        return mistakes.MaxBy(mistake => mistake.Score)!;

        LabelledBox? First(Func<int, bool> holds)
        {
            int at = Enumerable.Range(0, best.Length).FirstOrDefault(holds, -1);
            return at < 0 ? null : best[at];
        }

        SuspectLabel Of(LabelMistake kind, double score, LabelledBox? found) =>
            new(image, kind, Math.Max(0, score), label, found);

        static double Score(LabelledBox? box) => box?.Score ?? 0;
    }

    /// <summary>Whether a detection is about another object than a label; a crowd has all that lies in it.</summary>
    private static bool IsFar(GroundTruthBox label, LabelledBox box) =>
        label.Crowd ? Shared(Edges(label), box) < SameObject * Area(box) : IoU(Edges(label), box) < Unlabelled;

    private static LabelledBox Edges(GroundTruthBox label) =>
        new(label.X1, label.Y1, label.X2, label.Y2, label.Label, Score: 1);

    private static double IoU(LabelledBox one, LabelledBox other)
    {
        double shared = Shared(one, other);
        return shared == 0 ? 0 : shared / (Area(one) + Area(other) - shared);
    }

    private static double Shared(LabelledBox one, LabelledBox other) =>
        Math.Max(0, Math.Min(one.X2, other.X2) - Math.Max(one.X1, other.X1))
        * (double)Math.Max(0, Math.Min(one.Y2, other.Y2) - Math.Max(one.Y1, other.Y1));

    private static double Area(LabelledBox box) => (double)(box.X2 - box.X1) * (box.Y2 - box.Y1);
}
