using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes a Pascal VOC data set: JPEGImages, Annotations and the classes in their order.</summary>
internal sealed class VocFolder : IPredictionWriter
{
    private const string ImageFolder = "JPEGImages";

    private readonly string folder;
    private readonly string[] names;
    private readonly ShownBoxes shown;

    /// <param name="folder">Is made.</param>
    /// <param name="classes">The detector's.</param>
    /// <param name="shown">Chooses the boxes.</param>
    /// <exception cref="UsageException">Two classes have one name.</exception>
    public VocFolder(string folder, IReadOnlyList<ClassName> classes, ShownBoxes shown)
    {
        this.folder = folder;
        this.shown = shown;
        names = DatasetPictures.Names("voc", classes);
        Directory.CreateDirectory(Images);
        Directory.CreateDirectory(Annotations);
        AtomicFile.WriteText(Path.Combine(folder, "classes.txt"), string.Concat(names.Select(name => $"{name}\n")));
    }

    private string Images => Path.Combine(folder, ImageFolder);

    private string Annotations => Path.Combine(folder, "Annotations");

    /// <inheritdoc/>
    public void Write(SeenPicture seen)
    {
        IReadOnlyList<LabelledBox> boxes = shown.Of(seen.Prediction);
        IReadOnlyList<VocBox> whole = VocWriter.Whole(boxes, seen.Prediction.Size);
        shown.Lose(boxes.Count - whole.Count);
        string picture = DatasetPictures.Put(seen, Images);
        AtomicFile.Write(
            Path.Combine(Annotations, $"{seen.Stem}.xml"),
            VocWriter.Annotation(ImageFolder, picture, seen.Prediction.Size, whole, names).Save
        );
    }

    /// <inheritdoc/>
    public string Finish() => $"{folder}: {shown.Summary("box")}";

    /// <inheritdoc/>
    public void Dispose() { }
}
