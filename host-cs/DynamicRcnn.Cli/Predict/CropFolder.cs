using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes a picture of each detection that is drawn, in a folder for each class.</summary>
internal sealed class CropFolder : IPredictionWriter
{
    private const int Quality = 95;

    private readonly string folder;
    private readonly string[] folders;
    private readonly ShownBoxes shown;

    /// <param name="folder">Is made.</param>
    /// <param name="classes">The detector's.</param>
    /// <param name="shown">Chooses the boxes.</param>
    public CropFolder(string folder, IReadOnlyList<ClassName> classes, ShownBoxes shown)
    {
        this.folder = folder;
        this.shown = shown;
        var names = new UniqueNames();
        folders = [.. classes.Select(name => Path.Combine(folder, names.TakePlain(name.Name)))];
        Directory.CreateDirectory(folder);
    }

    /// <inheritdoc/>
    public void Write(SeenPicture seen)
    {
        foreach ((int place, LabelledBox box) in shown.Of(seen.Prediction).Index())
        {
            Directory.CreateDirectory(folders[box.Label]);
            byte[] encoded = ImageCodec.EncodeJpeg(Cut(seen.Pixels, box), Quality);
            AtomicFile.Write(
                Path.Combine(folders[box.Label], $"{seen.Stem}-{place + 1}.jpg"),
                stream => stream.Write(encoded)
            );
        }
    }

    /// <inheritdoc/>
    public string Finish() => $"{folder}: {shown.Summary("cut-out")}";

    /// <inheritdoc/>
    public void Dispose() { }

    /// <summary>All pixels that the box touches.</summary>
    private static RgbImage Cut(RgbImage picture, LabelledBox box)
    {
        int left = (int)box.X1;
        int top = (int)box.Y1;
        int right = Math.Min((int)MathF.Ceiling(box.X2), picture.Width);
        int bottom = Math.Min((int)MathF.Ceiling(box.Y2), picture.Height);
        return picture.Part(left, top, right - left, bottom - top);
    }
}
