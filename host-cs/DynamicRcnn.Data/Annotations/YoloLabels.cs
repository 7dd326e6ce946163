using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>Reads the label file of a YOLO image: a line for each box, <c>class cx cy w h</c>, in shares of the image's sides.</summary>
internal static class YoloLabels
{
    internal const string Extension = ".txt";

    /// <summary>Files round: a share may leave 0 to 1 by so much.</summary>
    private const double Tolerance = 1e-3;

    private static readonly string[] Columns = ["class", "cx", "cy", "w", "h"];

    /// <param name="file">The label file.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="image">Whose sides the shares are of.</param>
    /// <param name="classCount">Classes are 0 to one less.</param>
    /// <param name="findings">Takes what is wrong.</param>
    /// <param name="id">Of the last box; counts on.</param>
    internal static IReadOnlyList<GroundTruthBox> Read(
        string file,
        IReadOnlyList<string> lines,
        ImageRecord image,
        int classCount,
        List<Finding> findings,
        ref long id
    )
    {
        BoxCollector boxes = new(file, image.Width, image.Height, findings);
        for (int i = 0; i < lines.Count; i++)
        {
            string[] fields = lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0)
            {
                continue;
            }
            string where = $"{file}: line {i + 1}";
            if (Problem(fields, classCount, out int label, out double[] shares) is { } problem)
            {
                findings.Add(new Finding(problem.Kind, file, $"{where}: {problem.Text}; the box is left out."));
                continue;
            }
            string quote = $"[{string.Join(", ", fields[1..])}]";
            boxes.Add(where, quote, Corners(shares, image), label, crowd: false, area: null, ++id);
        }
        return boxes.Boxes;
    }

    private static (FindingKind Kind, string Text)? Problem(
        string[] fields,
        int classCount,
        out int label,
        out double[] shares
    )
    {
        label = 0;
        shares = new double[Columns.Length - 1];
        if (fields.Length != Columns.Length)
        {
            string expected = $"expected {Columns.Length}: {string.Join(' ', Columns)}";
            return (FindingKind.UnreadableLabel, $"the line has {fields.Length} columns; {expected}");
        }
        string given = AnnotationText.Quote(fields[0]);
        if (!int.TryParse(fields[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out label))
        {
            return (FindingKind.UnreadableLabel, $"class is {given}; expected a whole number");
        }
        if (label < 0 || label >= classCount)
        {
            return (FindingKind.UnknownCategory, $"class is {given}; expected 0 to {classCount - 1}");
        }
        for (int i = 0; i < shares.Length; i++)
        {
            string text = AnnotationText.Quote(fields[i + 1]);
            if (!AnnotationText.TryNumber(fields[i + 1], out shares[i]) || !double.IsFinite(shares[i]))
            {
                return (FindingKind.UnreadableLabel, $"{Columns[i + 1]} is {text}; expected a number");
            }
            if (shares[i] is < -Tolerance or > 1 + Tolerance)
            {
                string expected = "expected a share of the image's side, 0 to 1";
                return (FindingKind.BoxOutside, $"{Columns[i + 1]} is {text}; {expected}");
            }
        }
        return null;
    }

    private static BoxCorners Corners(double[] shares, ImageRecord image) =>
        new(
            (shares[0] - shares[2] / 2) * image.Width,
            (shares[1] - shares[3] / 2) * image.Height,
            (shares[0] + shares[2] / 2) * image.Width,
            (shares[1] + shares[3] / 2) * image.Height
        );
}
