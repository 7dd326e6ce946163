namespace DynamicRcnn.Data;

/// <summary>The corners of a box as a file gives them, x2 and y2 exclusive.</summary>
internal readonly record struct BoxCorners(double X1, double Y1, double X2, double Y2);

/// <summary>The field or line that a box is in, and the box as the file writes it; asked for when there is a finding.</summary>
internal delegate (string Where, string Quote) BoxWords();

/// <summary>Gathers the boxes of one image: each is checked and clipped, or left out with a finding.</summary>
internal sealed class BoxCollector(string file, int width, int height, List<Finding> findings)
{
    /// <summary>A box may reach out by less than this without a finding: files round.</summary>
    private const double TolerancePixels = 1;

    private readonly List<GroundTruthBox> boxes = [];
    private readonly HashSet<(int, BoxCorners)> places = [];

    internal IReadOnlyList<GroundTruthBox> Boxes => boxes;

    /// <param name="words">What a finding says of it.</param>
    /// <param name="box">Its corners in pixels.</param>
    /// <param name="label">Place of its class.</param>
    /// <param name="crowd">Kept out of training.</param>
    /// <param name="area">As the file states it; null takes that of the clipped box.</param>
    /// <param name="id">The annotation's.</param>
    /// <param name="difficult">Pascal VOC's mark.</param>
    internal void Add(
        BoxWords words,
        BoxCorners box,
        int label,
        bool crowd,
        double? area,
        long id,
        bool difficult = false
    )
    {
        if (!(HasArea(box) && IsFinite(box)))
        {
            Find(FindingKind.ZeroAreaBox, words, $"has no area; the box is left out");
            return;
        }
        BoxCorners inside = Clipped(box);
        if (!HasArea(inside))
        {
            Find(FindingKind.BoxOutside, words, $"is outside the {width} x {height} image; the box is left out");
            return;
        }
        if (!places.Add((label, box)))
        {
            Find(FindingKind.DuplicateBox, words, $"was there before with the same class; it is left out");
            return;
        }
        if (ReachesOut(box))
        {
            Find(FindingKind.BoxOutside, words, $"reaches out of the {width} x {height} image; it is clipped");
        }
        boxes.Add(
            new GroundTruthBox(
                (float)inside.X1,
                (float)inside.Y1,
                (float)inside.X2,
                (float)inside.Y2,
                label,
                crowd,
                area ?? (inside.X2 - inside.X1) * (inside.Y2 - inside.Y1),
                id
            )
            {
                Difficult = difficult,
            }
        );
    }

    private BoxCorners Clipped(BoxCorners box) =>
        new(Math.Max(box.X1, 0), Math.Max(box.Y1, 0), Math.Min(box.X2, width), Math.Min(box.Y2, height));

    private static bool HasArea(BoxCorners box) => box.X2 > box.X1 && box.Y2 > box.Y1;

    private static bool IsFinite(BoxCorners box) =>
        double.IsFinite(box.X1) && double.IsFinite(box.Y1) && double.IsFinite(box.X2) && double.IsFinite(box.Y2);

    private bool ReachesOut(BoxCorners box) =>
        box.X1 < -TolerancePixels
        || box.Y1 < -TolerancePixels
        || box.X2 > width + TolerancePixels
        || box.Y2 > height + TolerancePixels;

    /// <summary>Replaces the ids of the boxes.</summary>
    internal void Renumber(Func<long, long> idOf)
    {
        for (int i = 0; i < boxes.Count; i++)
        {
            boxes[i] = boxes[i] with { AnnotationId = idOf(boxes[i].AnnotationId) };
        }
    }

    private void Find(FindingKind kind, BoxWords words, string text)
    {
        (string where, string quote) = words();
        findings.Add(new Finding(kind, file, $"{where}: {quote} {text}.") { Place = PlaceOf(where) });
    }

    // Lines come with their file, fields of JSON without.
    private string PlaceOf(string where) =>
        where.StartsWith(file, StringComparison.Ordinal) ? where : $"{Path.GetFileName(file)}: {where}";
}
