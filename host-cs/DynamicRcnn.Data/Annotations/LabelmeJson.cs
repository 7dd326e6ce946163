using System.Text.Json;

namespace DynamicRcnn.Data;

/// <summary>
/// Reads a JSON file of labelme, which lies beside its image: <c>imagePath</c>, <c>imageWidth</c>, <c>imageHeight</c> and <c>shapes</c>
/// with <c>label</c>, <c>points</c> and <c>shape_type</c>. Of a polygon the rectangle around it is taken, of a circle too.
/// </summary>
internal static class LabelmeJson
{
    private const int LongestSide = 1_000_000;

    /// <summary>No image in a file is larger.</summary>
    private const long MostBytes = 1 << 26;

    /// <summary>Whether a JSON file holds shapes; null where it cannot be read. The image in it may stand before them.</summary>
    internal static bool? IsOne(string file)
    {
        try
        {
            if (InputFile.Length(file) > MostBytes)
            {
                return false;
            }
            Utf8JsonReader json = new(JsonField.ReadBytes(file));
            while (json.Read())
            {
                if (json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName)
                {
                    if (!json.ValueIsEscaped && json.ValueTextEquals("shapes"u8))
                    {
                        return true;
                    }
                    json.Skip();
                }
            }
        }
        catch (Exception error) when (error is JsonException or DataException or IOException)
        {
            return null;
        }
        return false;
    }

    internal static ImageAnnotation Read(string file)
    {
        byte[] bytes = [];
        try
        {
            bytes = JsonField.ReadBytes(file);
            using JsonDocument document = JsonDocument.Parse(bytes);
            return Read(file, new JsonField(file, "", null, -1, document.RootElement));
        }
        catch (JsonException error)
        {
            return ImageAnnotation.Unusable(file, $"{JsonField.NoJson(bytes, error)}; expected labelme's shapes");
        }
        catch (DataException error)
        {
            return ImageAnnotation.Unusable(file, WithoutFile(file, error.Message));
        }
    }

    /// <exception cref="DataException">A field of the image is not what it should be.</exception>
    private static ImageAnnotation Read(string file, JsonField root)
    {
        List<AnnotatedObject> objects = [];
        List<Finding> findings = [];
        foreach (JsonField shape in root.Require("shapes").Items())
        {
            try
            {
                objects.Add(ReadShape(shape, findings));
            }
            catch (DataException error)
            {
                string text = $"{error.Message.TrimEnd('.')}; the object is left out.";
                findings.Add(new Finding(FindingKind.UnreadableLabel, file, text) { Place = shape.Place });
            }
        }
        string? name = root.TryGet("imagePath", out JsonField path) ? path.Text() : null;
        int width = Side(root, "imageWidth");
        int height = Side(root, "imageHeight");
        ImageSize? size = width > 0 && height > 0 ? new ImageSize(width, height) : null;
        return new ImageAnnotation(file, name, size, objects, findings, null);
    }

    private static AnnotatedObject ReadShape(JsonField shape, List<Finding> findings)
    {
        string label = shape.Require("label").Text().Trim();
        if (label.Length == 0)
        {
            throw shape.Require("label").Wrong("the name of a class");
        }
        string form = shape.TryGet("shape_type", out JsonField type) ? type.Text() : "polygon";
        double[][] points = [.. shape.Require("points").Items().Select(point => point.Numbers(2))];
        BoxCorners box = (form, points.Length) switch
        {
            ("circle", 2) => AroundCircle(points[0], points[1]),
            ("rectangle", 2 or 4) or ("polygon" or "rotation" or "oriented_rectangle" or "mask", >= 2) => Around(
                points
            ),
            ("rectangle", _) => throw shape.Require("points").Wrong("two points that lie across, or four corners"),
            ("circle" or "polygon" or "rotation" or "oriented_rectangle" or "mask", _) => throw shape
                .Require("points")
                .Wrong("at least two points"),
            _ => throw type.Wrong("rectangle, polygon or circle"),
        };
        if (form != "rectangle")
        {
            string text = $"the shape is a {form}; the rectangle around it is taken";
            findings.Add(shape.Found(FindingKind.BoxFromPolygon, text));
        }
        string quote = $"[{string.Join(", ", points.Select(point => $"[{point[0]}, {point[1]}]"))}]";
        return new AnnotatedObject(shape.Path, label, quote, box);
    }

    private static BoxCorners Around(double[][] points) =>
        new(points.Min(p => p[0]), points.Min(p => p[1]), points.Max(p => p[0]), points.Max(p => p[1]));

    private static BoxCorners AroundCircle(double[] centre, double[] edge)
    {
        double radius = double.Hypot(edge[0] - centre[0], edge[1] - centre[1]);
        return new BoxCorners(centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius);
    }

    private static int Side(JsonField root, string name) =>
        !root.TryGet(name, out JsonField field) ? 0
        : field.Integer() is var side && side is >= 0 and <= LongestSide ? (int)side
        : throw field.Wrong($"a side between 1 and {LongestSide} pixels");

    private static string WithoutFile(string file, string sentence) =>
        (sentence.StartsWith(file + ": ", StringComparison.Ordinal) ? sentence[(file.Length + 2)..] : sentence).TrimEnd(
            '.'
        );
}
