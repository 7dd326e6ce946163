using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>Backbone and feature pyramid as nodes of a graph.</summary>
internal static class BackboneGraph
{
    private const int FirstStageLevel = 2;

    /// <param name="layers">Of the detector.</param>
    /// <param name="image">float [1, 3, H, W].</param>
    /// <param name="config">Depth, stages and strides.</param>
    /// <returns>C2, C3, ...: the output of every stage, at strides 4, 8, ...</returns>
    public static OnnxValue[] Stages(LayerGraph layers, OnnxValue image, BackboneConfig config)
    {
        OnnxValue features = layers.MaxPool(
            layers.Normalised(image, "backbone.conv1", "backbone.bn1", stride: 2).Relu(),
            kernel: 3
        );
        OnnxValue[] outputs = new OnnxValue[config.LastStage];
        for (int stage = 1; stage <= outputs.Length; stage++)
        {
            for (int block = 0; layers.Has($"backbone.layer{stage}.{block}.conv1.weight"); block++)
            {
                long stride = stage > 1 && block == 0 ? 2 : 1;
                features = Block(layers, features, $"backbone.layer{stage}.{block}.", stride, config);
            }
            outputs[stage - 1] = features;
        }
        return outputs;
    }

    /// <param name="layers">Of the detector.</param>
    /// <param name="stages">The backbone's C2, C3, ...</param>
    /// <param name="config">Norm and first level.</param>
    /// <returns>P_first .. P6.</returns>
    public static IReadOnlyList<OnnxValue> Pyramid(LayerGraph layers, OnnxValue[] stages, FpnConfig config)
    {
        OnnxValue[] inputs = stages[(config.FirstLevel - FirstStageLevel)..];
        List<OnnxValue> levels = [];
        OnnxValue? coarser = null;
        for (int level = inputs.Length - 1; level >= 0; level--)
        {
            OnnxValue merged = Layer("lateral", level, inputs[level]);
            if (coarser is { } above)
            {
                merged += Nearest(Nearest(above, merged, 2), merged, 3);
            }
            coarser = merged;
            levels.Insert(0, Layer("output", level, merged));
        }
        while (config.FirstLevel + levels.Count - 1 < Model.Fpn.LastLevel)
        {
            levels.Add(layers.MaxPool(levels[^1], kernel: 1));
        }
        return levels;

        OnnxValue Layer(string name, int level, OnnxValue features)
        {
            OnnxValue convolved = layers.Convolution(features, $"fpn.{name}.{level}");
            return config.Norm ? layers.GroupNorm(convolved, $"fpn.{name}_norm.{level}") : convolved;
        }
    }

    private static OnnxValue Block(LayerGraph layers, OnnxValue input, string name, long stride, BackboneConfig config)
    {
        bool isBottleneck = layers.Has(name + "conv3.weight");
        bool isLate = isBottleneck && !config.StrideIn1x1; // the stride is the second convolution's
        OnnxValue hidden = Layer(input, 1, isLate ? 1 : stride).Relu();
        hidden = Layer(hidden, 2, isLate ? stride : 1);
        if (isBottleneck)
        {
            hidden = Layer(hidden.Relu(), 3, 1);
        }
        OnnxValue shortcut = layers.Has(name + "downsample.0.weight")
            ? layers.Normalised(input, name + "downsample.0", name + "downsample.1", stride)
            : input;
        return (hidden + shortcut).Relu();

        OnnxValue Layer(OnnxValue features, int number, long step) =>
            layers.Normalised(features, $"{name}conv{number}", $"{name}bn{number}", step);
    }

    /// <summary>The nearest rows or columns of a coarser level, at the size of a finer one.</summary>
    private static OnnxValue Nearest(OnnxValue coarse, OnnxValue fine, long axis)
    {
        OnnxValue from = coarse.Size(axis);
        OnnxValue to = fine.Size(axis);
        OnnxValue scale = from.Cast(OnnxType.Float) / to.Cast(OnnxType.Float);
        OnnxValue place = (to.Range().Cast(OnnxType.Float) * scale).Floor().Cast(OnnxType.Int64);
        return coarse.Gather(place.Min(from - 1), axis);
    }
}
