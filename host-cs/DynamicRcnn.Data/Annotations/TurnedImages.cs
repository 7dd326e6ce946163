namespace DynamicRcnn.Data;

/// <summary>
/// The images of a split that EXIF turns, and what their boxes were drawn on: the upright picture, as OpenCV, MMDetection and Detectron2
/// have it, unless the stated size fits the stored picture alone. Guesses and changes are findings.
/// </summary>
internal sealed class TurnedImages
{
    private readonly FindingTally drawnOnStored = new(FindingKind.TurnedImage);
    private readonly FindingTally undecided = new(FindingKind.TurnedImage);

    /// <summary>Images that are turned.</summary>
    internal int Count { get; private set; }

    /// <summary>What an image's boxes are given on.</summary>
    /// <param name="path">Where it lies.</param>
    /// <param name="header">Its own.</param>
    /// <param name="stated">The size that the annotations state; null where they state none.</param>
    internal BoxFrame FrameOf(string path, ImageHeader header, ImageSize? stated)
    {
        if (header.Orientation == Orientation.Upright)
        {
            return BoxFrame.Upright(header.Size);
        }
        Count++;
        bool fitsStored = stated == header.Stored;
        bool fitsUpright = stated == header.Size;
        if (fitsStored && !fitsUpright)
        {
            const string text = "the annotations state the size of the stored picture; its boxes are turned with it";
            Add(drawnOnStored, path, text);
            return new BoxFrame(header.Stored, header.Orientation);
        }
        if (stated is null || fitsStored)
        {
            const string text =
                "no stated size tells whether the boxes were drawn on the stored picture; they are taken as drawn on the upright one";
            Add(undecided, path, text);
        }
        return BoxFrame.Upright(header.Size);
    }

    /// <summary>What was changed, then what was guessed, each with its first images and the count of all.</summary>
    internal IReadOnlyList<Finding> Findings => [.. drawnOnStored.Findings, .. undecided.Findings];

    private static void Add(FindingTally tally, string path, string text) =>
        tally.Add(path, path, $"EXIF says that the picture is to be turned, and {text}");
}
