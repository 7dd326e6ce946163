using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>Boxes [..., 4] as nodes of a graph: the profile's box coder, clipping and suppression, in the operations of the model layer.</summary>
/// <param name="conventions">The profile's.</param>
internal sealed class BoxGraph(Conventions conventions)
{
    /// <summary>A decoded side is at most this many times the reference's.</summary>
    private const double MaxSideRatio = 1000.0 / 16;

    private readonly double offset = conventions.BoxOffset;

    /// <summary>Width and height, each [..., 1].</summary>
    public (OnnxValue Width, OnnxValue Height) Sides(OnnxValue boxes) => (Side(boxes, 0), Side(boxes, 1));

    /// <summary>Boxes at the deltas from the references, moved into the picture.</summary>
    /// <param name="deltas">[..., 4].</param>
    /// <param name="references">[..., 4], broadcastable to the deltas.</param>
    /// <param name="std">Standard deviations of dx, dy, dw, dh.</param>
    /// <param name="input">The picture.</param>
    public OnnxValue Decode(OnnxValue deltas, OnnxValue references, double[] std, NetworkInput input)
    {
        OnnxValue[] box = new OnnxValue[4];
        for (int axis = 0; axis < 2; axis++)
        {
            OnnxValue side = Side(references, axis);
            OnnxValue centre = (Scaled(axis) * side) + (Coordinate(references, axis) + (side * 0.5));
            OnnxValue half = Clamped(Scaled(axis + 2)).Exp() * side * 0.5;
            OnnxValue limit = (axis == 0 ? input.Width : input.Height) - offset;
            box[axis] = (centre - half).Max(0).Min(limit);
            box[axis + 2] = Shifted(centre + half, -offset).Max(0).Min(limit);
        }
        return OnnxValue.Concat(-1, box);

        OnnxValue Scaled(int place) =>
            std[place] == 1 ? Coordinate(deltas, place) : Coordinate(deltas, place) * std[place];
    }

    /// <summary>Which boxes [n, 4] have a positive width and height: bool [n].</summary>
    public OnnxValue HasArea(OnnxValue boxes)
    {
        OnnxValue wide = (Coordinate(boxes, 2) - Coordinate(boxes, 0)) > -offset;
        OnnxValue high = (Coordinate(boxes, 3) - Coordinate(boxes, 1)) > -offset;
        return (wide & high).Reshape(-1);
    }

    /// <summary>
    /// Non-maximum suppression in each group: [m, 3] of (group, 0, box), group after group, by descending score. The operator compares with "greater
    /// than" in float32 and knows no offset: the threshold is the next smaller number, and boxes reach one pixel further.
    /// </summary>
    /// <param name="boxes">[groups, n, 4].</param>
    /// <param name="scores">[groups, 1, n].</param>
    /// <param name="iou">From which IoU a box goes.</param>
    /// <param name="leastScore">Boxes with this score or less take no part.</param>
    public OnnxValue Suppress(OnnxValue boxes, OnnxValue scores, double iou, double leastScore)
    {
        OnnxGraph graph = boxes.Graph;
        OnnxValue reaching = offset == 0 ? boxes : boxes + graph.Constant(OnnxType.Float, [4], [0, 0, offset, offset]);
        return graph.Node(
            "NonMaxSuppression",
            OnnxType.Int64,
            [
                reaching,
                scores,
                scores.Size(2),
                graph.Constant(OnnxType.Float, [1], [Threshold(iou, conventions.SuppressEqual)]),
                graph.Constant(OnnxType.Float, [1], [leastScore]),
            ]
        );
    }

    /// <summary>The float that an IoU in float32 is greater than exactly where it is greater than a threshold in double, or reaches it.</summary>
    internal static float Threshold(double iou, bool orEqual)
    {
        float nearest = (float)iou;
        return nearest > iou || (orEqual && nearest == iou) ? MathF.BitDecrement(nearest) : nearest;
    }

    private OnnxValue Side(OnnxValue boxes, int axis) =>
        Shifted(Coordinate(boxes, axis + 2) - Coordinate(boxes, axis), offset);

    private OnnxValue Clamped(OnnxValue logRatio)
    {
        double limit = Math.Log(MaxSideRatio);
        return conventions.ClampDeltasBelow ? logRatio.Max(-limit).Min(limit) : logRatio.Min(limit);
    }

    private static OnnxValue Coordinate(OnnxValue boxes, int place) => boxes.Slice(place, place + 1, -1);

    private static OnnxValue Shifted(OnnxValue value, double by) => by == 0 ? value : value + by;
}
