namespace DynamicRcnn.Detection;

/// <summary>Pillow's BILINEAR as nodes of a graph: the integers of <see cref="Data.Resampler"/>, summed in a loop over the filter's taps.</summary>
internal static class PillowGraph
{
    private const int WeightBits = 32 - 8 - 2;

    /// <param name="image">uint8 [H, W, 3].</param>
    /// <param name="height">int64 [1], the new number of rows.</param>
    /// <param name="width">int64 [1], the new number of columns.</param>
    /// <returns>int32 levels [height, width, 3].</returns>
    public static OnnxValue Resize(OnnxValue image, OnnxValue height, OnnxValue width)
    {
        OnnxValue wide = Along(image, axis: 1, width).Cast(OnnxType.UInt8);
        return Along(wide, axis: 0, height);
    }

    /// <summary>An axis at another size. One that keeps its size has weights of 1 and comes out as it is.</summary>
    private static OnnxValue Along(OnnxValue image, long axis, OnnxValue target)
    {
        OnnxGraph graph = image.Graph;
        OnnxValue source = image.Size(axis);
        (OnnxValue first, OnnxValue weights) = Taps(source, target); // [target], [taps, target]
        OnnxValue sizes =
            axis == 0
                ? OnnxValue.Concat(0, target, image.Shape().Slice(1, 3, 0))
                : OnnxValue.Concat(0, image.Size(0), target, graph.Longs(3));
        OnnxValue half = graph.Scalar(OnnxType.Int32, 1 << (WeightBits - 1)).Expand(sizes);

        OnnxGraph body = new(graph);
        OnnxValue tap = body.Input("tap" + axis, OnnxType.Int64);
        OnnxValue goesOn = body.Input("goesOn" + axis, OnnxType.Bool);
        OnnxValue sum = body.Input("sum" + axis, OnnxType.Int32, "rows", "columns", "3");
        OnnxValue place = (body.FromOuter(first) + tap).Min(body.FromOuter(source) - 1);
        OnnxValue levels = body.FromOuter(image).Gather(place, axis).Cast(OnnxType.Int32);
        OnnxValue weight = body.FromOuter(weights).Gather(tap).Reshape(axis == 0 ? [-1, 1, 1] : [1, -1, 1]);
        body.Output("goesOnStill" + axis, goesOn);
        body.Output("newSum" + axis, sum + (levels * weight), "rows", "columns", "3");

        OnnxValue whole = graph.Node(
            "Loop",
            OnnxType.Int32,
            [weights.Size(0).Squeeze(), null, half],
            OnnxAttribute.Of("body", body)
        );
        // Weights are not negative, so a sum is not; many rounded ones may add up to more than 1.
        return (whole / (1 << WeightBits)).Min(byte.MaxValue);
    }

    /// <summary>
    /// For each target position the first source position, int64 [target], and the weights from there on, int32 [taps, target], adding up to
    /// about 1 &lt;&lt; 22; 0 beyond the filter or the picture.
    /// </summary>
    private static (OnnxValue First, OnnxValue Weights) Taps(OnnxValue source, OnnxValue target)
    {
        OnnxValue sourceSide = source.Cast(OnnxType.Double);
        OnnxValue scale = sourceSide / target.Cast(OnnxType.Double);
        OnnxValue support = scale.Max(1);
        OnnxValue perPixel = 1 / support;
        OnnxValue centre = (target.Range().Cast(OnnxType.Double) + 0.5) * scale; // [target]
        OnnxValue low = (centre - support + 0.5).Cast(OnnxType.Int64).Max(0);
        OnnxValue high = (centre + support + 0.5).Cast(OnnxType.Int64).Min(source);
        OnnxValue tap = ((support.Ceil().Cast(OnnxType.Int64) * 2) + 1).Range().Reshape(-1, 1); // [taps, 1]
        OnnxValue place = low + tap; // [taps, target]
        OnnxValue share = (1 - ((place.Cast(OnnxType.Double) - centre + 0.5) * perPixel).Abs()).Max(0);
        OnnxValue own = share * place.Less(high).Cast(OnnxType.Double);
        // In the order of the taps, as the sum rounds.
        OnnxValue sum = own
            .Graph.Node("CumSum", OnnxType.Double, [own, own.Graph.Scalar(OnnxType.Int64, 0)])
            .Slice(-1, int.MaxValue, 0);
        return (low, ((own / sum * (1 << WeightBits)) + 0.5).Cast(OnnxType.Int32));
    }
}
