using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>
/// The documented keys and shapes of other programs' detectors, written down independently of the tables under test; all widths divided by a
/// number, so that a test is quick.
/// </summary>
internal sealed class ForeignKeys(int depth, int narrower, int classCount)
{
    private static readonly string[] norm = ["weight", "bias", "running_mean", "running_var"];

    private static readonly string[] cascade =
    [
        "model.cascade.stageIoUs=[0.6,0.7]",
        "model.cascade.boxCoderStd=[0.05,0.05,0.1,0.1,0.033,0.033,0.067,0.067]",
        "model.cascade.lossWeights=[0.5,0.25]",
    ];

    private readonly long stem = 64 / narrower;
    private readonly long channels = 256 / narrower;
    private readonly long hidden = 1024 / narrower;
    private readonly int[] blocks = depth == 50 ? [3, 4, 6, 3] : [3, 4, 23, 3];
    private readonly List<(string Name, long[] Shape)> keys = [];

    /// <summary>A detector of these widths.</summary>
    /// <param name="backgroundFirst">The order of its class rows.</param>
    /// <param name="deformable">Deformable convolutions in the last three stages.</param>
    public Detector Detector(bool backgroundFirst, bool deformable = false) =>
        new(Config(backgroundFirst, deformable).Config.Model, classCount);

    /// <summary>A cascade of these widths.</summary>
    public Detector Cascade() => new(CascadeConfig().Config.Model, classCount);

    /// <summary>Its configuration.</summary>
    public ResolvedConfig CascadeConfig() => Config(backgroundFirst: false, sets: cascade);

    /// <summary>The configuration of such a detector.</summary>
    public ResolvedConfig Config(bool backgroundFirst, bool deformable = false, params string[] sets)
    {
        string[] all =
        [
            $"model.backbone.depth={depth}",
            $"model.backbone.stemChannels={stem}",
            $"model.fpn.channels={channels}",
            $"model.roiHead.hiddenUnits={hidden}",
            $"model.conventions.backgroundFirst={(backgroundFirst ? "true" : "false")}",
            $"model.backbone.deformableStages={(deformable ? "[2,3,4]" : "[]")}",
            .. sets,
        ];
        ConfigSources sources = new("official-r50-1x", [], all, []);
        return ConfigText.Resolve(sources).Value;
    }

    public IReadOnlyList<(string Name, long[] Shape)> Official(bool deformable = false)
    {
        Backbone("backbone.body.stem.", "backbone.body.", counted: false, deformable);
        for (int level = 0; level < 4; level++)
        {
            Layer($"backbone.fpn.fpn_inner{level + 1}", channels, StageChannels(level), 1, 1);
            Layer($"backbone.fpn.fpn_layer{level + 1}", channels, channels, 3, 3);
        }
        for (int level = 0; level < 5; level++)
        {
            keys.Add(($"anchor_generator.cell_anchors.{level}", [3, 4]));
        }
        Rpn("rpn_conv", "rpn_cls_logits", "rpn_bbox_pred");
        Head("fc6", "fc7", "cls_score", "bbox_pred", boxes: classCount + 1);
        return keys;
    }

    public IReadOnlyList<(string Name, long[] Shape)> MMDetection(string head, bool backgroundFirst)
    {
        Backbone("backbone.", "backbone.", counted: true, deformable: false);
        for (int level = 0; level < 4; level++)
        {
            Layer($"neck.lateral_convs.{level}.conv", channels, StageChannels(level), 1, 1);
            Layer($"neck.fpn_convs.{level}.conv", channels, channels, 3, 3);
        }
        Rpn("rpn_head.rpn_conv", "rpn_head.rpn_cls", "rpn_head.rpn_reg");
        int boxes = backgroundFirst ? classCount + 1 : classCount;
        Head($"{head}shared_fcs.0", $"{head}shared_fcs.1", $"{head}fc_cls", $"{head}fc_reg", boxes);
        return keys;
    }

    /// <summary>Three box heads, each with one box for all classes.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> MMDetectionCascade(string head)
    {
        Backbone("backbone.", "backbone.", counted: true, deformable: false);
        for (int level = 0; level < 4; level++)
        {
            Layer($"neck.lateral_convs.{level}.conv", channels, StageChannels(level), 1, 1);
            Layer($"neck.fpn_convs.{level}.conv", channels, channels, 3, 3);
        }
        Rpn("rpn_head.rpn_conv", "rpn_head.rpn_cls", "rpn_head.rpn_reg");
        for (int stage = 0; stage < 3; stage++)
        {
            string own = $"{head}{stage}.";
            Head($"{own}shared_fcs.0", $"{own}shared_fcs.1", $"{own}fc_cls", $"{own}fc_reg", boxes: 1);
        }
        return keys;
    }

    public IReadOnlyList<(string Name, long[] Shape)> Torchvision(string inner)
    {
        Backbone("backbone.body.", "backbone.body.", counted: false, deformable: false);
        for (int level = 0; level < 4; level++)
        {
            Layer($"backbone.fpn.inner_blocks.{level}{inner}", channels, StageChannels(level), 1, 1);
            Layer($"backbone.fpn.layer_blocks.{level}{inner}", channels, channels, 3, 3);
        }
        string rpn = inner.Length == 0 ? "rpn.head.conv" : "rpn.head.conv.0.0";
        Rpn(rpn, "rpn.head.cls_logits", "rpn.head.bbox_pred");
        const string Predictor = "roi_heads.box_predictor.";
        Head(
            "roi_heads.box_head.fc6",
            "roi_heads.box_head.fc7",
            $"{Predictor}cls_score",
            $"{Predictor}bbox_pred",
            boxes: classCount + 1
        );
        return keys;
    }

    /// <param name="isCascade">Three box heads, each with one box for all classes.</param>
    public IReadOnlyList<(string Name, long[] Shape)> Detectron2(bool isCascade = false)
    {
        const string BottomUp = "backbone.bottom_up.";
        Normed($"{BottomUp}stem.conv1", stem, 3, 7);
        for (int stage = 0; stage < 4; stage++)
        {
            for (int block = 0; block < blocks[stage]; block++)
            {
                string name = $"{BottomUp}res{stage + 2}.{block}.";
                long middle = stem << stage;
                long input = block > 0 ? 4 * middle : Math.Max(stem, 2 * middle * Math.Min(1, stage));
                if (block == 0)
                {
                    Normed($"{name}shortcut", 4 * middle, input, 1);
                }
                Normed($"{name}conv1", middle, input, 1);
                Normed($"{name}conv2", middle, middle, 3);
                Normed($"{name}conv3", 4 * middle, middle, 1);
            }
            Layer($"backbone.fpn_lateral{stage + 2}", channels, StageChannels(stage), 1, 1);
            Layer($"backbone.fpn_output{stage + 2}", channels, channels, 3, 3);
        }
        const string RpnHead = "proposal_generator.rpn_head.";
        Rpn($"{RpnHead}conv", $"{RpnHead}objectness_logits", $"{RpnHead}anchor_deltas");
        string[] stages = isCascade ? ["0.", "1.", "2."] : [""];
        foreach (string stage in stages)
        {
            string predictor = $"roi_heads.box_predictor.{stage}";
            Head(
                $"roi_heads.box_head.{stage}fc1",
                $"roi_heads.box_head.{stage}fc2",
                $"{predictor}cls_score",
                $"{predictor}bbox_pred",
                boxes: isCascade ? 1 : classCount
            );
        }
        return keys;

        void Normed(string name, long outputs, long inputs, long kernel) =>
            Convolution(name, outputs, inputs, kernel, $"{name}.norm", counted: false);
    }

    /// <summary>A file with these keys: random values, variances positive, the rows of the background's box zero where it is first.</summary>
    public TensorFile File(IReadOnlyList<(string Name, long[] Shape)> all, bool backgroundFirst)
    {
        Random random = new(3);
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((string name, long[] shape) in all)
        {
            if (shape.Length == 0)
            {
                tensors.Add(
                    name,
                    new StoredTensor(torch.ScalarType.Int64, [], BitConverter.GetBytes(random.NextInt64()))
                );
                continue;
            }
            float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
            bool isRegression = shape[0] == 4 * (classCount + 1) && backgroundFirst;
            for (int i = isRegression ? (int)(values.Length / shape[0] * 4) : 0; i < values.Length; i++)
            {
                values[i] = random.NextSingle() - (name.EndsWith("running_var", StringComparison.Ordinal) ? 0 : 0.5f);
            }
            tensors.Add(
                name,
                new StoredTensor(torch.ScalarType.Float32, shape, MemoryMarshal.AsBytes<float>(values).ToArray())
            );
        }
        return new TensorFile(tensors, new Dictionary<string, string>());
    }

    /// <summary>The file of a family by its name in the tests, and that family.</summary>
    public static (TensorFile File, NameTable Names) FileOf(string family, ForeignKeys keys) =>
        family switch
        {
            "official" => (keys.File(keys.Official(), backgroundFirst: true), NameTables.Official),
            "official deformable" => (
                keys.File(keys.Official(deformable: true), backgroundFirst: true),
                NameTables.Official
            ),
            "mmdet" => (
                keys.File(keys.MMDetection("roi_head.bbox_head.", backgroundFirst: false), backgroundFirst: false),
                NameTables.MMDetection
            ),
            "mmdet1" => (
                keys.File(keys.MMDetection("bbox_head.", backgroundFirst: true), backgroundFirst: true),
                NameTables.MMDetection1
            ),
            "mmdet cascade" => (
                keys.File(keys.MMDetectionCascade("roi_head.bbox_head."), backgroundFirst: false),
                NameTables.MMDetection
            ),
            "mmdet1 cascade" => (
                keys.File(keys.MMDetectionCascade("bbox_head."), backgroundFirst: false),
                NameTables.MMDetection1
            ),
            "detectron2 cascade" => (
                keys.File(keys.Detectron2(isCascade: true), backgroundFirst: false),
                NameTables.Detectron2
            ),
            "detectron2" => (keys.File(keys.Detectron2(), backgroundFirst: false), NameTables.Detectron2),
            "torchvision" => (keys.File(keys.Torchvision(".0"), backgroundFirst: true), NameTables.Torchvision),
            _ => (keys.File(keys.Torchvision(""), backgroundFirst: true), NameTables.Torchvision),
        };

    private void Backbone(string stemPrefix, string layers, bool counted, bool deformable)
    {
        Convolution($"{stemPrefix}conv1", stem, 3, 7, $"{stemPrefix}bn1", counted);
        for (int stage = 0; stage < 4; stage++)
        {
            long middle = stem << stage;
            for (int block = 0; block < blocks[stage]; block++)
            {
                string prefix = $"{layers}layer{stage + 1}.{block}.";
                long input =
                    block > 0 ? 4 * middle
                    : stage == 0 ? stem
                    : 2 * middle;
                bool isDeformable = deformable && stage > 0;
                Convolution($"{prefix}conv1", middle, input, 1, $"{prefix}bn1", counted);
                Convolution(
                    $"{prefix}conv2{(isDeformable ? ".conv" : "")}",
                    middle,
                    middle,
                    3,
                    $"{prefix}bn2",
                    counted
                );
                if (isDeformable)
                {
                    Layer($"{prefix}conv2.offset", 27, middle, 3, 3);
                }
                Convolution($"{prefix}conv3", 4 * middle, middle, 1, $"{prefix}bn3", counted);
                if (block == 0)
                {
                    Convolution($"{prefix}downsample.0", 4 * middle, input, 1, $"{prefix}downsample.1", counted);
                }
            }
        }
    }

    private void Convolution(string name, long outputs, long inputs, long kernel, string normName, bool counted)
    {
        keys.Add(($"{name}.weight", [outputs, inputs, kernel, kernel]));
        keys.AddRange(norm.Select(part => ($"{normName}.{part}", (long[])[outputs])));
        if (counted)
        {
            keys.Add(($"{normName}.num_batches_tracked", []));
        }
    }

    private void Rpn(string conv, string objectness, string deltas)
    {
        Layer(conv, channels, channels, 3, 3);
        Layer(objectness, 3, channels, 1, 1);
        Layer(deltas, 12, channels, 1, 1);
    }

    private void Head(string fc1, string fc2, string classes, string deltas, int boxes)
    {
        Layer(fc1, hidden, channels * 7 * 7);
        Layer(fc2, hidden, hidden);
        Layer(classes, classCount + 1, hidden);
        Layer(deltas, 4 * boxes, hidden);
    }

    private void Layer(string name, params long[] shape)
    {
        keys.Add(($"{name}.weight", shape));
        keys.Add(($"{name}.bias", [shape[0]]));
    }

    private long StageChannels(int stage) => 4 * stem << stage;
}
