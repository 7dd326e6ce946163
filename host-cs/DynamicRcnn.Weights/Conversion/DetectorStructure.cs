using DynamicRcnn.Core;

namespace DynamicRcnn.Weights;

/// <summary>What decides the names and the shapes of a detector's tensors. Nothing of it needs libtorch.</summary>
/// <param name="Blocks">Residual blocks of each stage, finest first.</param>
/// <param name="Bottlenecks">Blocks of three convolutions; otherwise of two.</param>
/// <param name="StemChannels">Channels of the stem.</param>
/// <param name="OffsetChannels">Of each stage: channels of its deformable convolutions' offsets and masks, 27 a group; 0 = no such convolutions.</param>
/// <param name="BackboneGroupNorm">Group norms in the backbone, which have no statistics.</param>
/// <param name="Levels">Of the pyramid that have convolutions.</param>
/// <param name="PyramidChannels">Channels of the pyramid.</param>
/// <param name="PyramidNorm">Group norms in the pyramid, whose convolutions then have no bias.</param>
/// <param name="Anchors">Of a cell.</param>
/// <param name="PooledSide">Side of RoIAlign's output.</param>
/// <param name="HiddenUnits">Of the box head.</param>
/// <param name="ClassCount">Without the background.</param>
/// <param name="BackgroundFirst">The order of the classes' rows.</param>
/// <param name="Stages">Box heads: 1, or the stages of a cascade, each with one box for all classes.</param>
public sealed record DetectorStructure(
    IReadOnlyList<int> Blocks,
    bool Bottlenecks,
    long StemChannels,
    IReadOnlyList<long> OffsetChannels,
    bool BackboneGroupNorm,
    int Levels,
    long PyramidChannels,
    bool PyramidNorm,
    long Anchors,
    long PooledSide,
    long HiddenUnits,
    int ClassCount,
    bool BackgroundFirst,
    int Stages
)
{
    private const int FirstBottleneckDepth = 50;
    private const long Taps = 9;
    private const long BoxNumbers = 4;
    private const long Expansion = 4;
    private const long StemKernel = 7;

    /// <summary>The structure that a configuration describes.</summary>
    /// <param name="config">A validated one.</param>
    /// <param name="classCount">Without the background.</param>
    public static DetectorStructure Of(ModelConfig config, int classCount)
    {
        BackboneConfig backbone = config.Backbone;
        return new DetectorStructure(
            [.. BlocksOf(backbone.Depth).Take(backbone.LastStage)],
            backbone.Depth >= FirstBottleneckDepth,
            backbone.StemChannels,
            [
                .. Enumerable
                    .Range(1, backbone.LastStage)
                    .Select(stage => backbone.DeformableStages.Contains(stage) ? 3 * Taps * backbone.OffsetGroups : 0),
            ],
            backbone.Norm.IsGroupNorm,
            // Level 2 is the first stage's.
            backbone.LastStage
                + 2
                - config.Fpn.FirstLevel,
            config.Fpn.Channels,
            config.Fpn.Norm,
            config.Rpn.AnchorRatios.Length,
            config.RoIHead.PooledSide,
            config.RoIHead.HiddenUnits,
            classCount,
            config.Conventions.BackgroundFirst,
            config.Cascade.StageCount
        );
    }

    /// <summary>The names and shapes of all tensors, by our names.</summary>
    public IEnumerable<(string Name, long[] Shape)> Tensors() => [.. Backbone(), .. Pyramid(), .. Heads()];

    /// <summary>Those of the backbone.</summary>
    public IEnumerable<(string Name, long[] Shape)> Backbone()
    {
        foreach ((string, long[]) tensor in Convolution("backbone.conv1", "backbone.bn1", StemChannels, 3, StemKernel))
        {
            yield return tensor;
        }
        long inputs = StemChannels;
        for (int stage = 0; stage < Blocks.Count; stage++)
        {
            for (int block = 0; block < Blocks[stage]; block++)
            {
                foreach ((string, long[]) tensor in Block($"backbone.layer{stage + 1}.{block}", stage, inputs))
                {
                    yield return tensor;
                }
                inputs = Outputs(stage);
            }
        }
    }

    private static int[] BlocksOf(int depth) =>
        depth switch
        {
            18 => [2, 2, 2, 2],
            101 => [3, 4, 23, 3],
            _ => [3, 4, 6, 3],
        };

    private static IEnumerable<(string Name, long[] Shape)> Layer(string name, bool bias, params long[] shape) =>
        bias ? [($"{name}.weight", shape), ($"{name}.bias", [shape[0]])] : [($"{name}.weight", shape)];

    private long Outputs(int stage) => (StemChannels << stage) * (Bottlenecks ? Expansion : 1);

    private IEnumerable<(string Name, long[] Shape)> Block(string name, int stage, long inputs)
    {
        long width = StemChannels << stage;
        long outputs = Outputs(stage);
        if (!Bottlenecks)
        {
            return
            [
                .. Convolution($"{name}.conv1", $"{name}.bn1", width, inputs, 3),
                .. Convolution($"{name}.conv2", $"{name}.bn2", width, width, 3),
                .. inputs == outputs ? [] : Shortcut(),
            ];
        }
        return
        [
            .. Convolution($"{name}.conv1", $"{name}.bn1", width, inputs, 1),
            .. Convolution($"{name}.conv2", $"{name}.bn2", width, width, 3),
            .. OffsetChannels[stage] == 0
                ? []
                : Layer($"{name}.conv2.conv_offset", bias: true, OffsetChannels[stage], width, 3, 3),
            .. Convolution($"{name}.conv3", $"{name}.bn3", outputs, width, 1),
            .. inputs == outputs ? [] : Shortcut(),
        ];

        IEnumerable<(string, long[])> Shortcut() =>
            Convolution($"{name}.downsample.0", $"{name}.downsample.1", outputs, inputs, 1);
    }

    private IEnumerable<(string Name, long[] Shape)> Convolution(
        string name,
        string norm,
        long outputs,
        long inputs,
        long kernel
    ) =>
        [
            ($"{name}.weight", [outputs, inputs, kernel, kernel]),
            .. Layer(norm, bias: true, outputs),
            .. BackboneGroupNorm
                ? Array.Empty<(string, long[])>()
                : [($"{norm}.running_mean", [outputs]), ($"{norm}.running_var", [outputs])],
        ];

    private IEnumerable<(string Name, long[] Shape)> Pyramid()
    {
        for (int level = 0; level < Levels; level++)
        {
            long inputs = Outputs(Blocks.Count - Levels + level);
            (string Name, long[] Shape)[] layers =
            [
                .. Layer($"fpn.lateral.{level}", !PyramidNorm, PyramidChannels, inputs, 1, 1),
                .. Layer($"fpn.output.{level}", !PyramidNorm, PyramidChannels, PyramidChannels, 3, 3),
                .. PyramidNorm ? Layer($"fpn.lateral_norm.{level}", bias: true, PyramidChannels) : [],
                .. PyramidNorm ? Layer($"fpn.output_norm.{level}", bias: true, PyramidChannels) : [],
            ];
            foreach ((string, long[]) tensor in layers)
            {
                yield return tensor;
            }
        }
    }

    private IEnumerable<(string Name, long[] Shape)> Heads() =>
        [
            .. Layer("rpn.conv", bias: true, PyramidChannels, PyramidChannels, 3, 3),
            .. Layer("rpn.objectness", bias: true, Anchors, PyramidChannels, 1, 1),
            .. Layer("rpn.deltas", bias: true, BoxNumbers * Anchors, PyramidChannels, 1, 1),
            .. Stages == 1
                ? BoxHead("roi_head", BackgroundFirst ? ClassCount + 1 : ClassCount)
                : Enumerable.Range(0, Stages).SelectMany(stage => BoxHead($"roi_head.{stage}", boxes: 1)),
        ];

    private IEnumerable<(string Name, long[] Shape)> BoxHead(string name, long boxes) =>
        [
            .. Layer($"{name}.fc1", bias: true, HiddenUnits, PyramidChannels * PooledSide * PooledSide),
            .. Layer($"{name}.fc2", bias: true, HiddenUnits, HiddenUnits),
            .. Layer($"{name}.classes", bias: true, ClassCount + 1, HiddenUnits),
            .. Layer($"{name}.deltas", bias: true, BoxNumbers * boxes, HiddenUnits),
        ];
}
