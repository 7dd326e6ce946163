using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>From the box head's outputs to detections as nodes of a graph: threshold, suppression within a class or over all, best of the picture.</summary>
internal static class SelectionGraph
{
    /// <summary>Adds the outputs boxes [detections, 4], labels and scores [detections], the best first, in pixels of the picture.</summary>
    /// <param name="graph">Gets them.</param>
    /// <param name="found">P proposals, K classes.</param>
    /// <param name="input">The picture.</param>
    /// <param name="model">Thresholds, counts and conventions.</param>
    /// <param name="acrossClasses">Whether a box is suppressed by a better one of any class.</param>
    public static void Add(OnnxGraph graph, HeadBoxes found, NetworkInput input, ModelConfig model, bool acrossClasses)
    {
        BoxGraph rules = new(model.Conventions);
        // Boxes suppress each other within a group: a class, or all boxes of the picture, class after class for each proposal.
        OnnxValue boxes = acrossClasses ? found.Boxes.Reshape(1, -1, 4) : found.Boxes.Transpose(1, 0, 2); // [K, P, 4]
        OnnxValue scores = acrossClasses ? found.Scores.Reshape(1, -1) : found.Scores.Transpose(1, 0); // [K, P]
        OnnxValue compared = model.Conventions.RescaleBeforeNms ? boxes / Scales(input).Cast(OnnxType.Float) : boxes;
        OnnxValue kept = rules
            .Suppress(compared, scores.Unsqueeze(1), model.RoIHead.NmsIoU, model.RoIHead.ScoreThreshold)
            .Gather(graph.Longs(0, 2), 1); // [m, 2] of (group, place)
        OnnxValue keptScores = Picked(scores, kept);
        (OnnxValue best, OnnxValue places) = keptScores.Top(Count(keptScores, model));
        graph.Output("boxes", InPicture(Picked(boxes, kept).Gather(places), input), "detections", "4");
        OnnxValue labels = acrossClasses ? Remainder(kept.Slice(1, 2, 1), found.Scores.Size(1)) : kept.Slice(0, 1, 1);
        graph.Output("labels", labels.Reshape(-1).Gather(places), "detections");
        graph.Output("scores", best, "detections");
    }

    /// <summary>Of integers that are not negative.</summary>
    private static OnnxValue Remainder(OnnxValue number, OnnxValue divisor) => number - (number / divisor * divisor);

    /// <summary>Adds the outputs boxes [proposals, K, 4] and scores [proposals, K]: nothing is left out.</summary>
    public static void AddRaw(OnnxGraph graph, HeadBoxes found, NetworkInput input, int classCount)
    {
        graph.Output("boxes", InPicture(found.Boxes, input), "proposals", $"{classCount}", "4");
        graph.Output("scores", found.Scores, "proposals", $"{classCount}");
    }

    /// <summary>How many detections there are, int64 [1]. Where the profile keeps them, all that tie with the last one.</summary>
    private static OnnxValue Count(OnnxValue scores, ModelConfig model)
    {
        OnnxValue count = scores.Shape().Min(model.RoIHead.DetectionsPerImage);
        if (!model.Conventions.KeepTiesAtCap)
        {
            return count;
        }
        OnnxValue last = scores.Top(count).Values.Slice(-1, int.MaxValue, 0); // [1], or [0] without any
        OnnxValue reach = scores.GreaterOrEqual(last).Cast(OnnxType.Int64);
        return scores.Graph.Node("ReduceSum", OnnxType.Int64, [reach]).Reshape(1);
    }

    private static OnnxValue Picked(OnnxValue values, OnnxValue places) =>
        values.Graph.Node("GatherND", values.Type, [values, places]);

    /// <summary>The network's pixels for one of the picture's, as a box has them: double [4].</summary>
    private static OnnxValue Scales(NetworkInput input) =>
        OnnxValue.Concat(0, input.ScaleX, input.ScaleY, input.ScaleX, input.ScaleY);

    private static OnnxValue InPicture(OnnxValue boxes, NetworkInput input) =>
        (boxes.Cast(OnnxType.Double) / Scales(input)).Cast(OnnxType.Float);
}
