using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes a YOLO data set: images, labels and data.yaml.</summary>
internal sealed class YoloFolder : IPredictionWriter
{
    private readonly string folder;
    private readonly ShownBoxes shown;

    /// <param name="folder">Is made.</param>
    /// <param name="classes">The detector's.</param>
    /// <param name="shown">Chooses the boxes.</param>
    /// <exception cref="UsageException">Two classes have one name.</exception>
    public YoloFolder(string folder, IReadOnlyList<ClassName> classes, ShownBoxes shown)
    {
        this.folder = folder;
        this.shown = shown;
        string[] names = DatasetPictures.Names("yolo", classes);
        Directory.CreateDirectory(Images);
        Directory.CreateDirectory(Labels);
        AtomicFile.WriteText(Path.Combine(folder, "data.yaml"), YoloWriter.DataFile(names, ("train", "images")));
    }

    private string Images => Path.Combine(folder, "images");

    private string Labels => Path.Combine(folder, "labels");

    /// <inheritdoc/>
    public void Write(SeenPicture seen)
    {
        string labels = YoloWriter.Labels(shown.Of(seen.Prediction), seen.Prediction.Size);
        AtomicFile.WriteText(Path.Combine(Labels, $"{seen.Stem}.txt"), labels);
        DatasetPictures.Put(seen, Images);
    }

    /// <inheritdoc/>
    public string Finish() => $"{folder}: {shown.Summary("box")}";

    /// <inheritdoc/>
    public void Dispose() { }
}
