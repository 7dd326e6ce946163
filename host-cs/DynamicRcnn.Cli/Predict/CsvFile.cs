using System.Text;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes a table with a row for each detection.</summary>
internal sealed class CsvFile : IPredictionWriter
{
    private readonly string path;
    private readonly string[] names;
    private readonly int boxOffset;
    private readonly GrowingFile file;
    private long rows;

    /// <param name="path">The file; it has this name once it is whole.</param>
    /// <param name="classes">The detector's.</param>
    /// <param name="boxOffset">1 where its box of one pixel has equal corners, else 0.</param>
    /// <exception cref="IOException">The folder does not take it.</exception>
    public CsvFile(string path, IReadOnlyList<ClassName> classes, int boxOffset)
    {
        this.path = path;
        this.boxOffset = boxOffset;
        names = [.. classes.Select(name => name.Name)];
        file = new GrowingFile(path);
        Write(CsvWriter.Header);
    }

    /// <inheritdoc/>
    public void Write(SeenPicture seen)
    {
        LabelledBox[] boxes = [.. seen.Prediction.Detections.Select(found => ShownBoxes.Edges(found, boxOffset))];
        rows += boxes.Length;
        Write(CsvWriter.Rows(seen.Name, seen.Prediction.Size, boxes, names));
    }

    /// <inheritdoc/>
    public string Finish()
    {
        file.Finish();
        return $"{path}: {Amount.Count(rows, "detection")}";
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Write(string text) => file.Write(Encoding.UTF8.GetBytes(text));
}
