namespace DynamicRcnn.Data;

/// <summary>
/// Reads the label files of YOLO images: a line for each box, <c>class cx cy w h</c>, in shares of the image's sides. A line that holds a
/// polygon or an oriented box gives the rectangle around it; what stands behind a box is not read.
/// </summary>
/// <param name="classCount">Classes are 0 to one less.</param>
/// <param name="findings">Takes what is wrong.</param>
internal sealed class YoloLabels(int classCount, List<Finding> findings)
{
    internal const string Extension = ".txt";

    private readonly FindingTally polygons = new(FindingKind.BoxFromPolygon);
    private readonly FindingTally extra = new(FindingKind.ExtraColumns);
    private long id;

    /// <param name="file">The label file.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="image">Whose sides the shares are of.</param>
    internal IReadOnlyList<GroundTruthBox> Read(string file, IReadOnlyList<string> lines, ImageRecord image)
    {
        BoxCollector boxes = new(file, image.Width, image.Height, findings);
        for (int i = 0; i < lines.Count; i++)
        {
            string[] fields = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
            {
                continue;
            }
            if (YoloRow.TryRead(fields, classCount, out YoloRow row) is { } problem)
            {
                string text = $"{problem.Text}; the box is left out";
                findings.Add(AnnotationText.OfLine(problem.Kind, file, i + 1, text));
                continue;
            }
            string where = $"{file}: line {i + 1}";
            Note(file, where, fields, row.Form);
            string quote = $"[{string.Join(", ", fields[1..])}]";
            boxes.Add(() => (where, quote), InPixels(row.Corners, image), row.Label, crowd: false, area: null, ++id);
        }
        return boxes.Boxes;
    }

    /// <summary>Adds what was read in another way than written.</summary>
    internal void Finish() => findings.AddRange([.. polygons.Findings, .. extra.Findings]);

    private void Note(string file, string where, string[] fields, YoloForm form)
    {
        if (form == YoloForm.Polygon)
        {
            polygons.Add(
                file,
                where,
                $"the line is a polygon of {fields.Length / 2} points; the rectangle around it is taken"
            );
        }
        else if (form == YoloForm.BoxAndMore)
        {
            extra.Add(
                file,
                where,
                $"the line has {fields.Length} columns; its first five are taken as a box, the others are not read"
            );
        }
    }

    private static BoxCorners InPixels(BoxCorners shares, ImageRecord image) =>
        new(shares.X1 * image.Width, shares.Y1 * image.Height, shares.X2 * image.Width, shares.Y2 * image.Height);
}
