using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>What the box head makes of proposals.</summary>
/// <param name="Boxes">[P, K, 4], in the network's pixels.</param>
/// <param name="Scores">[P, K].</param>
internal sealed record HeadBoxes(OnnxValue Boxes, OnnxValue Scores);

/// <summary>RoIAlign and the box heads as nodes of a graph.</summary>
internal static class BoxHeadGraph
{
    /// <summary>The coarsest level that RoIs are pooled from.</summary>
    private const int LastLevel = 5;

    /// <summary>Keeps a size exactly between two levels in the upper one.</summary>
    private const double LevelEpsilon = 1e-6;

    /// <param name="layers">Of the detector.</param>
    /// <param name="levels">P_first .. P6.</param>
    /// <param name="proposals">[P, 4].</param>
    /// <param name="input">The picture.</param>
    /// <param name="model">Head and conventions.</param>
    /// <param name="classCount">K.</param>
    public static HeadBoxes Of(
        LayerGraph layers,
        IReadOnlyList<OnnxValue> levels,
        OnnxValue proposals,
        NetworkInput input,
        ModelConfig model,
        int classCount
    )
    {
        BoxGraph boxes = new(model.Conventions);
        Model.ClassLayout layout = new(classCount, model.Conventions.BackgroundFirst);
        (int first, int end) = (layout.FirstForegroundRow, layout.FirstForegroundRow + classCount);
        RoIHeadConfig[] stages = model.Stages;
        if (stages.Length == 1)
        {
            (OnnxValue logits, OnnxValue all) = Said(layers, levels, proposals, boxes, model, "roi_head");
            OnnxValue deltas = all.Reshape(-1, layout.BoxCount, 4).Slice(first, end, 1);
            return new HeadBoxes(
                boxes.Decode(deltas, proposals.Unsqueeze(1), model.RoIHead.BoxCoderStd, input),
                logits.Softmax(1).Slice(first, end, 1)
            );
        }
        List<OnnxValue> said = [];
        for (int stage = 0; stage < stages.Length; stage++)
        {
            (OnnxValue logits, OnnxValue deltas) = Said(layers, levels, proposals, boxes, model, $"roi_head.{stage}");
            said.Add(model.Cascade.Scores.IsMeanOfLogits ? logits : logits.Softmax(1));
            proposals = boxes.Decode(deltas, proposals, stages[stage].BoxCoderStd, input);
        }
        OnnxValue mean = said.Aggregate((sum, next) => sum + next) / said.Count;
        OnnxValue scores = model.Cascade.Scores.IsMeanOfLogits ? mean.Softmax(1) : mean;
        // One box for all classes.
        OnnxValue ofEach = proposals.Unsqueeze(1).Expand(proposals.Graph.Longs(1, classCount, 1));
        return new HeadBoxes(ofEach, scores.Slice(first, end, 1));
    }

    /// <summary>Logits [P, K + 1] and deltas [P, 4 * boxes] of a box head.</summary>
    private static (OnnxValue Logits, OnnxValue Deltas) Said(
        LayerGraph layers,
        IReadOnlyList<OnnxValue> levels,
        OnnxValue proposals,
        BoxGraph boxes,
        ModelConfig model,
        string head
    )
    {
        (OnnxValue pooled, OnnxValue order) = Pooled(levels, proposals, boxes, model);
        long size = (long)model.Fpn.Channels * model.RoIHead.PooledSide * model.RoIHead.PooledSide;
        OnnxValue hidden = layers.Linear(pooled.Reshape(-1, size), $"{head}.fc1").Relu();
        hidden = layers.Linear(hidden, $"{head}.fc2").Relu().Gather(order);
        return (layers.Linear(hidden, $"{head}.classes"), layers.Linear(hidden, $"{head}.deltas"));
    }

    /// <summary>Pooled features of the proposals, level after level, and for each proposal the row that it has there.</summary>
    private static (OnnxValue Pooled, OnnxValue Order) Pooled(
        IReadOnlyList<OnnxValue> levels,
        OnnxValue proposals,
        BoxGraph boxes,
        ModelConfig model
    )
    {
        OnnxValue levelOf = Levels(proposals, boxes, model);
        List<OnnxValue> pooled = [];
        List<OnnxValue> rows = [];
        for (int level = model.Fpn.FirstLevel; level <= LastLevel; level++)
        {
            OnnxGraph graph = proposals.Graph;
            OnnxValue isHere = levelOf.Equal(graph.Scalar(OnnxType.Int64, level));
            OnnxValue here = graph.Node("NonZero", OnnxType.Int64, [isHere]).Reshape(-1);
            pooled.Add(
                graph.Node(
                    "RoiAlign",
                    OnnxType.Float,
                    [levels[level - model.Fpn.FirstLevel], proposals.Gather(here), here * 0],
                    OnnxAttribute.Of("output_height", model.RoIHead.PooledSide),
                    OnnxAttribute.Of("output_width", model.RoIHead.PooledSide),
                    OnnxAttribute.Of("sampling_ratio", model.RoIHead.SamplingRatio),
                    OnnxAttribute.Of("spatial_scale", 1f / (1 << level)),
                    OnnxAttribute.Of(
                        "coordinate_transformation_mode",
                        model.Conventions.AlignedRoIAlign ? "half_pixel" : "output_half_pixel"
                    )
                )
            );
            rows.Add(here);
        }
        OnnxValue order = OnnxValue.Concat(0, [.. rows]);
        return (OnnxValue.Concat(0, [.. pooled]), order.Top(order.Shape(), largest: false).Places);
    }

    /// <summary>
    /// The level of each proposal, int64 [P]: log2 of its size over the reference's, rounded down, as the number of powers of two that the size
    /// reaches.
    /// </summary>
    private static OnnxValue Levels(OnnxValue proposals, BoxGraph boxes, ModelConfig model)
    {
        (double side, int sideLevel) = model.Conventions.BoxOffset == 1 ? (224.0, 4) : (56.0, 2);
        (OnnxValue width, OnnxValue height) = boxes.Sides(proposals);
        OnnxValue size = ((width * height).Max(0).Sqrt() / side + LevelEpsilon).Reshape(-1);
        OnnxValue level = (size * 0).Cast(OnnxType.Int64) + model.Fpn.FirstLevel;
        for (int next = model.Fpn.FirstLevel + 1; next <= LastLevel; next++)
        {
            level += (size >= Math.Pow(2, next - sideLevel)).Cast(OnnxType.Int64);
        }
        return level;
    }
}
