using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Detection;

/// <summary>The RPN and the selection of its proposals as nodes of a graph.</summary>
internal static class ProposalGraph
{
    private static readonly double[] UnitStd = [1, 1, 1, 1];

    /// <summary>Stands for the logit of a box without area; no logit is as low.</summary>
    private const double NoLogit = -1e30;

    private const double LeastLogit = -1e29;

    /// <param name="layers">Of the detector.</param>
    /// <param name="levels">P_first .. P6.</param>
    /// <param name="input">The picture.</param>
    /// <param name="model">Counts, anchors and conventions.</param>
    /// <returns>[P, 4], the best first.</returns>
    public static OnnxValue Of(
        LayerGraph layers,
        IReadOnlyList<OnnxValue> levels,
        NetworkInput input,
        ModelConfig model
    )
    {
        BoxGraph boxes = new(model.Conventions);
        List<OnnxValue> keptBoxes = [];
        List<OnnxValue> keptLogits = [];
        for (int level = 0; level < levels.Count; level++)
        {
            long stride = 1L << (model.Fpn.FirstLevel + level);
            OnnxValue hidden = layers.Convolution(levels[level], "rpn.conv").Relu();
            OnnxValue logits = PerAnchor(layers.Convolution(hidden, "rpn.objectness"), 1).Reshape(-1);
            OnnxValue deltas = PerAnchor(layers.Convolution(hidden, "rpn.deltas"), 4);
            OnnxValue anchors = Anchors(levels[level], AnchorShapes.At(model.Rpn, model.Conventions, stride), stride);
            OnnxValue count = logits.Shape().Min(model.Rpn.PreNmsTest);
            (OnnxValue best, OnnxValue places) = logits.Top(count);
            OnnxValue decoded = boxes.Decode(deltas.Gather(places), anchors.Gather(places), UnitStd, input);
            OnnxValue usable = best.Where(boxes.HasArea(decoded), layers.Graph.Scalar(OnnxType.Float, NoLogit));
            OnnxValue kept = boxes
                .Suppress(decoded.Unsqueeze(0), usable.Reshape(1, 1, -1), model.Rpn.NmsIoU, LeastLogit)
                .Slice(2, 3, 1)
                .Reshape(-1);
            keptBoxes.Add(decoded.Gather(kept));
            keptLogits.Add(best.Gather(kept));
        }
        OnnxValue all = OnnxValue.Concat(0, [.. keptLogits]);
        (_, OnnxValue order) = all.Top(all.Shape().Min(model.Rpn.PostNmsTest));
        return OnnxValue.Concat(0, [.. keptBoxes]).Gather(order);
    }

    /// <summary>[1, B * values, H, W] to [H * W * B, values].</summary>
    private static OnnxValue PerAnchor(OnnxValue map, long values) => map.Transpose(0, 2, 3, 1).Reshape(-1, values);

    /// <summary>The anchors of a level row by row, in a cell by ratio: [H * W * B, 4].</summary>
    private static OnnxValue Anchors(OnnxValue features, float[] cell, long stride)
    {
        OnnxValue sizes = features.Shape().Slice(2, 4, 0);
        OnnxValue y = (features.Size(2).Range().Cast(OnnxType.Float) * stride).Reshape(-1, 1).Expand(sizes);
        OnnxValue x = (features.Size(3).Range().Cast(OnnxType.Float) * stride).Reshape(1, -1).Expand(sizes);
        OnnxValue[] shift = [x.Reshape(-1, 1, 1), y.Reshape(-1, 1, 1)];
        OnnxValue shapes = features.Graph.Constant(
            OnnxType.Float,
            [1, cell.Length / 4, 4],
            Array.ConvertAll(cell, value => (double)value)
        );
        return (OnnxValue.Concat(2, shift[0], shift[1], shift[0], shift[1]) + shapes).Reshape(-1, 4);
    }
}
