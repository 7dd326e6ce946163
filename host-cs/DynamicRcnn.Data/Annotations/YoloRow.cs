using System.Globalization;

namespace DynamicRcnn.Data;

/// <summary>What the columns of a label line are.</summary>
internal enum YoloForm
{
    /// <summary><c>class cx cy w h</c>.</summary>
    Box,

    /// <summary>A box, and behind it a confidence, a track id or key points.</summary>
    BoxAndMore,

    /// <summary><c>class x y x y ...</c>: an outline, or the four corners of an oriented box.</summary>
    Polygon,
}

/// <summary>A line of a YOLO label file.</summary>
/// <param name="Form">What its columns are.</param>
/// <param name="Label">Place of its class.</param>
/// <param name="Corners">In shares of the image's sides.</param>
internal readonly record struct YoloRow(YoloForm Form, int Label, BoxCorners Corners)
{
    /// <summary>Files round: a share may leave 0 to 1 by so much.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>The class and three points.</summary>
    private const int LeastOfPolygon = 7;

    /// <summary>x, y and whether it can be seen: 0, 1 or 2.</summary>
    private const int ColumnsOfPoint = 3;

    private const int MostVisible = 2;

    private static readonly string[] columns = ["class", "cx", "cy", "w", "h"];

    /// <param name="fields">The line's columns.</param>
    /// <param name="classCount">Classes are 0 to one less.</param>
    /// <param name="row">What was read.</param>
    /// <returns>What is wrong, or null.</returns>
    internal static (FindingKind Kind, string Text)? TryRead(string[] fields, int classCount, out YoloRow row)
    {
        row = default;
        if (fields.Length < columns.Length)
        {
            return (FindingKind.UnreadableLabel, WrongCount(fields));
        }
        if (TryLabel(fields[0], classCount, out int label) is { } wrongClass)
        {
            return wrongClass;
        }
        double[] numbers = new double[fields.Length - 1];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!AnnotationText.TryNumber(fields[i + 1], out numbers[i]) || !double.IsFinite(numbers[i]))
            {
                string column = i + 1 < columns.Length ? columns[i + 1] : $"column {i + 2}";
                return (
                    FindingKind.UnreadableLabel,
                    $"{column} is {AnnotationText.Quote(fields[i + 1])}; expected a number"
                );
            }
        }
        YoloForm form = FormOf(numbers);
        int outside =
            form == YoloForm.Polygon ? -1 : Array.FindIndex(numbers, 0, columns.Length - 1, number => !IsShare(number));
        if (outside >= 0)
        {
            return numbers.Length >= LeastOfPolygon - 1
                ? (FindingKind.UnreadableLabel, WrongCount(fields))
                : (
                    FindingKind.BoxOutside,
                    $"{columns[outside + 1]} is {AnnotationText.Quote(fields[outside + 1])}; expected a share of the image's side, 0 to 1"
                );
        }
        row = new YoloRow(form, label, form == YoloForm.Polygon ? Around(numbers) : OfBox(numbers));
        return null;
    }

    private static string WrongCount(string[] fields) =>
        $"the line has {fields.Length} columns; expected {columns.Length}: {string.Join(' ', columns)}, or a polygon of shares";

    /// <summary>Tools of NumPy write 0.0 or 0.000e+00.</summary>
    private static (FindingKind Kind, string Text)? TryLabel(string text, int classCount, out int label)
    {
        label = 0;
        string given = AnnotationText.Quote(text);
        if (
            !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            || number != Math.Floor(number)
        )
        {
            return (FindingKind.UnreadableLabel, $"class is {given}; expected a whole number");
        }
        if (number < 0 || number >= classCount)
        {
            return (FindingKind.UnknownCategory, $"class is {given}; expected 0 to {classCount - 1}");
        }
        label = (int)number;
        return null;
    }

    /// <summary>
    /// Seven columns or more that are pairs of shares are a polygon, as Ultralytics reads them, unless what stands behind the first four are
    /// key points: x, y and 0, 1 or 2, in the box where they can be seen.
    /// </summary>
    private static YoloForm FormOf(double[] numbers) =>
        numbers.Length == columns.Length - 1 ? YoloForm.Box
        : numbers.Length < LeastOfPolygon - 1 || numbers.Length % 2 != 0 || !numbers.All(IsOfPoint)
            ? YoloForm.BoxAndMore
        : HasKeyPoints(numbers) ? YoloForm.BoxAndMore
        : YoloForm.Polygon;

    private static bool HasKeyPoints(double[] numbers)
    {
        int first = columns.Length - 1;
        if ((numbers.Length - first) % ColumnsOfPoint != 0)
        {
            return false;
        }
        BoxCorners box = OfBox(numbers);
        for (int i = first; i < numbers.Length; i += ColumnsOfPoint)
        {
            double visible = numbers[i + 2];
            bool isInside =
                numbers[i] >= box.X1 && numbers[i] <= box.X2 && numbers[i + 1] >= box.Y1 && numbers[i + 1] <= box.Y2;
            if (visible is not (0 or 1 or MostVisible) || (visible > 0 && !isInside))
            {
                return false;
            }
        }
        return true;
    }

    private static bool IsShare(double number) => number is >= -Tolerance and <= 1 + Tolerance;

    /// <summary>An outline may reach out of the image; a whole number that does is none of its.</summary>
    private static bool IsOfPoint(double number) =>
        IsShare(number) || (number is > -1 and < 2 && number != Math.Floor(number));

    private static BoxCorners OfBox(double[] numbers) =>
        new(
            numbers[0] - numbers[2] / 2,
            numbers[1] - numbers[3] / 2,
            numbers[0] + numbers[2] / 2,
            numbers[1] + numbers[3] / 2
        );

    private static BoxCorners Around(double[] numbers)
    {
        double[] x = [.. numbers.Where((_, place) => place % 2 == 0)];
        double[] y = [.. numbers.Where((_, place) => place % 2 == 1)];
        return new BoxCorners(x.Min(), y.Min(), x.Max(), y.Max());
    }
}
