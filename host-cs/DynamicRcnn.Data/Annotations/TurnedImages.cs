namespace DynamicRcnn.Data;

/// <summary>
/// The images of a split that EXIF turns, and what their boxes were drawn on: the upright picture, as OpenCV, MMDetection and Detectron2
/// have it, unless the stated size fits the stored picture alone. Each kind of guess or change is one finding.
/// </summary>
internal sealed class TurnedImages
{
    private readonly List<string> drawnOnStored = [];
    private readonly List<string> undecided = [];

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
            drawnOnStored.Add(path);
            return new BoxFrame(header.Stored, header.Orientation);
        }
        if (stated is null || fitsStored)
        {
            undecided.Add(path);
        }
        return BoxFrame.Upright(header.Size);
    }

    /// <summary>At most two findings for all images.</summary>
    internal IEnumerable<Finding> Findings()
    {
        if (drawnOnStored.Count > 0)
        {
            const string text = "the annotations state the size of the stored picture; its boxes are turned with it";
            yield return Found(drawnOnStored, text);
        }
        if (undecided.Count > 0)
        {
            const string text =
                "no stated size tells whether the boxes were drawn on the stored picture; they are taken as drawn on the upright one";
            yield return Found(undecided, text);
        }
    }

    private static Finding Found(List<string> paths, string text)
    {
        string more = paths.Count > 1 ? $" (and {paths.Count - 1} more)" : "";
        string message = $"{paths[0]}{more}: EXIF says that the picture is to be turned, and {text}.";
        return new Finding(FindingKind.TurnedImage, paths[0], message);
    }
}
