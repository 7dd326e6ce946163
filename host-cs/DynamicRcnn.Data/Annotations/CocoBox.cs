using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>The box of a COCO annotation.</summary>
/// <param name="Corners">Null where the annotation has neither a box nor a polygon.</param>
/// <param name="Sides">As the file writes them; null where there are none.</param>
/// <param name="Missing">What is said instead.</param>
/// <param name="IsOfPolygon">It encloses the annotation's polygon.</param>
internal readonly record struct CocoBox(BoxCorners? Corners, double[]? Sides, string Missing, bool IsOfPolygon)
{
    /// <summary>The box as the file writes it, or that there is none.</summary>
    internal string Quote => Sides is null ? Missing : $"[{string.Join(", ", Sides)}]";

    /// <exception cref="DataException">The box or the polygon holds what is no number.</exception>
    internal static CocoBox Read(JsonField annotation)
    {
        if (annotation.TryGet("bbox", out JsonField box) && !IsEmpty(box))
        {
            double[] sides = box.Numbers(4);
            BoxCorners corners = new(sides[0], sides[1], sides[0] + sides[2], sides[1] + sides[3]);
            return new CocoBox(corners, sides, "", IsOfPolygon: false);
        }
        BoxCorners? around = annotation.TryGet("segmentation", out JsonField polygons) ? Around(polygons) : null;
        string missing = annotation.Has("bbox") ? "bbox is empty" : "bbox is missing";
        return new CocoBox(around, null, missing, around is not null);
    }

    /// <summary>No numbers, or null for each.</summary>
    private static bool IsEmpty(JsonField box) => box.IsArray && box.Items().All(number => number.IsNull);

    /// <summary>A polygon is a list of x and y in turns; an object may have several, which form a list of lists.</summary>
    private static BoxCorners? Around(JsonField polygons)
    {
        if (!polygons.IsArray)
        {
            return null; // a mask of runs
        }
        double[] numbers =
        [
            .. polygons
                .Items()
                .SelectMany(item => item.IsArray ? item.Items() : [item])
                .Select(number => number.Number()),
        ];
        return CocoPolygons.RectangleAround(numbers) is { IsSome: true, Value: var (x, y, width, height) }
            ? new BoxCorners(x, y, x + width, y + height)
            : null;
    }
}
