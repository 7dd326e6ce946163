using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>Writes what <see cref="CsvTable"/> reads, and a column with the scores.</summary>
internal static class CsvWriter
{
    internal const string Header = "filename,width,height,class,xmin,ymin,xmax,ymax,score\r\n";

    private static readonly char[] special = [',', '"', '\r', '\n'];

    /// <summary>The rows of an image: one for each box, or one without a class where there is none.</summary>
    internal static string Rows(
        string image,
        ImageSize size,
        IReadOnlyCollection<LabelledBox> boxes,
        IReadOnlyList<string> names
    )
    {
        string start = string.Create(CultureInfo.InvariantCulture, $"{Field(image)},{size.Width},{size.Height}");
        return boxes.Count == 0 ? $"{start},,,,,,\r\n" : string.Concat(boxes.Select(Row));

        string Row(LabelledBox box) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"{start},{Field(names[box.Label])},{box.X1},{box.Y1},{box.X2},{box.Y2},{box.Score}\r\n"
            );
    }

    private static string Field(string text) =>
        text.IndexOfAny(special) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
