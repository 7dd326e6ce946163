namespace DynamicRcnn.Data;

/// <summary>The layouts in which data sets are written.</summary>
internal enum DatasetFormat
{
    /// <summary><c>annotations/instances_SPLIT.json</c> and <c>images/SPLIT</c>.</summary>
    Coco,

    /// <summary><c>Annotations</c>, <c>JPEGImages</c>, <c>ImageSets/Main/SPLIT.txt</c> and <c>classes.txt</c>.</summary>
    Voc,

    /// <summary><c>images/SPLIT</c>, <c>labels/SPLIT</c> and <c>data.yaml</c>.</summary>
    Yolo,
}

/// <summary>An image whose picture lies in its place.</summary>
/// <param name="Image">As it was read.</param>
/// <param name="File">The picture's name in the folder of its split's pictures.</param>
internal sealed record PlacedImage(ImageRecord Image, string File)
{
    internal string Stem => Path.GetFileNameWithoutExtension(File);

    internal ImageSize Size => new(Image.Width, Image.Height);
}

/// <summary>Writes the annotations of a data set in one layout. A data set without splits has the split <see cref="DatasetLayout.Whole"/> alone.</summary>
/// <param name="folder">The data set's.</param>
/// <param name="classes">In label order.</param>
/// <param name="notes">Takes what the format cannot hold.</param>
internal abstract class LayoutWriter(string folder, IReadOnlyList<ClassName> classes, WritingNotes notes)
{
    private const string WrittenAreas =
        "areas of objects, by which evaluation tells small from large, that are now those of their boxes";

    /// <summary>Pixels of area by which a stated one may differ from its box's and still be it: files round.</summary>
    private const double SameArea = 1;

    protected string Folder => folder;

    protected IReadOnlyList<ClassName> Classes => classes;

    protected IReadOnlyList<string> Names => [.. classes.Select(known => known.Name)];

    protected WritingNotes Notes => notes;

    internal static LayoutWriter Of(
        DatasetFormat format,
        string folder,
        IReadOnlyList<ClassName> classes,
        WritingNotes notes
    ) =>
        format switch
        {
            DatasetFormat.Coco => new CocoLayoutWriter(folder, classes, notes),
            DatasetFormat.Voc => new VocLayoutWriter(folder, classes, notes),
            DatasetFormat.Yolo => new YoloLayoutWriter(folder, classes, notes),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };

    /// <summary>Where a split's pictures go, from the data set's folder.</summary>
    internal abstract string ImageFolder(string split);

    /// <summary>Writes the annotations of a split.</summary>
    internal abstract void Write(string split, IReadOnlyList<PlacedImage> images);

    /// <summary>Writes what is about all splits.</summary>
    internal abstract void Finish(IReadOnlyList<string> splits);

    /// <summary>The folder of a split in one that has a folder for each; the folder itself where there are no splits.</summary>
    protected static string InSplit(string folder, string split) =>
        split == DatasetLayout.Whole ? folder : Path.Combine(folder, split);

    /// <summary>The boxes as formats without areas hold them.</summary>
    protected IReadOnlyList<LabelledBox> WithoutAreas(IReadOnlyList<GroundTruthBox> boxes)
    {
        notes.Count(
            WrittenAreas,
            boxes.Count(box => Math.Abs(box.Area - ((double)box.X2 - box.X1) * ((double)box.Y2 - box.Y1)) > SameArea)
        );
        return
        [
            .. boxes.Select(box => new LabelledBox(box.X1, box.Y1, box.X2, box.Y2, box.Label, Score: 1)
            {
                Difficult = box.Crowd,
            }),
        ];
    }
}
