namespace DynamicRcnn.Detection;

/// <summary>OpenCV's INTER_LINEAR as nodes of a graph: the integers of <see cref="Data.Resampler"/>, in the same order.</summary>
internal static class OpenCvGraph
{
    private const int One = 1 << 11;
    private const int DroppedBits = 1 << 4;
    private const int ProductBits = 1 << 16;

    /// <param name="image">uint8 [H, W, 3].</param>
    /// <param name="height">int64 [1], the new number of rows.</param>
    /// <param name="width">int64 [1], the new number of columns.</param>
    /// <returns>int32 levels [height, width, 3].</returns>
    public static OnnxValue Resize(OnnxValue image, OnnxValue height, OnnxValue width)
    {
        OnnxValue sums = Across(image, width); // [H, width, 3], in 1/128 of a level
        OnnxValue rows = sums.Size(0);
        (OnnxValue first, OnnxValue weight) = Taps(rows, height);
        OnnxValue upper = sums.Gather(Place(first, rows));
        OnnxValue lower = sums.Gather(Place(first + 1, rows));
        OnnxValue lowerWeight = weight.Cast(OnnxType.Int32).Reshape(-1, 1, 1);
        OnnxValue upperWeight = One - lowerWeight;
        return ((upper * upperWeight / ProductBits) + (lower * lowerWeight / ProductBits) + 2) / 4;
    }

    private static OnnxValue Across(OnnxValue image, OnnxValue width)
    {
        OnnxValue columns = image.Size(1);
        (OnnxValue first, OnnxValue weight) = Taps(columns, width);
        // At the left and right border the neighbour inside counts alone.
        OnnxValue isInside = (first >= 0) & first.Less(columns.Cast(OnnxType.Float) - 1);
        OnnxValue far = (weight * isInside.Cast(OnnxType.Float)).Cast(OnnxType.Int32).Reshape(1, -1, 1);
        OnnxValue left = Place(first, columns);
        OnnxValue right = Place(first.Max(0) + 1, columns);
        OnnxValue near = One - far;
        OnnxValue sum = (Levels(left) * near) + (Levels(right) * far);
        return sum / DroppedBits;

        OnnxValue Levels(OnnxValue place) => image.Gather(place, 1).Cast(OnnxType.Int32);
    }

    /// <summary>For each target position the first of its two neighbours, which may be -1, and the second one's weight, both float.</summary>
    private static (OnnxValue First, OnnxValue Weight) Taps(OnnxValue source, OnnxValue target)
    {
        // OpenCV divides twice and goes on in float.
        OnnxValue scale = 1 / (target.Cast(OnnxType.Double) / source.Cast(OnnxType.Double));
        OnnxValue centre = (((target.Range().Cast(OnnxType.Double) + 0.5) * scale) - 0.5).Cast(OnnxType.Float);
        OnnxValue first = centre.Floor();
        return (first, ((centre - first) * One).Round());
    }

    /// <summary>A place, or the border's where it lies beyond.</summary>
    private static OnnxValue Place(OnnxValue place, OnnxValue count) =>
        place.Cast(OnnxType.Int64).Max(0).Min(count - 1);
}
