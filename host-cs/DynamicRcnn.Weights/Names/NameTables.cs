namespace DynamicRcnn.Weights;

/// <summary>The names of the programs whose detectors are read and written.</summary>
public static class NameTables
{
    /// <summary>End of the name of a norm's counter of batches.</summary>
    internal const string BatchCounter = ".num_batches_tracked";

    /// <summary>Beginning of the names of the anchors that the authors' code stores.</summary>
    internal const string StoredAnchors = "anchor_generator.cell_anchors.";

    // Here the offsets of a deformable convolution are made under it: layer2.0.conv2.conv_offset.weight.
    private const string OwnOffset = ".conv2.conv_offset.";

    // Before the tables, which are made of it.
    private static readonly string[] boxLayers = ["fc1.", "fc2.", "classes.", "deltas."];

    /// <summary>The authors' code, on maskrcnn-benchmark.</summary>
    public static NameTable Official { get; } =
        new(
            "the official code",
            BackgroundFirst: true,
            [
                new("backbone.conv1.", "backbone.body.stem.conv1."),
                new("backbone.bn1.", "backbone.body.stem.bn1."),
                new("backbone.layer", "backbone.body.layer"),
                .. Levels("fpn.lateral.", index => $"backbone.fpn.fpn_inner{index + 1}."),
                .. Levels("fpn.output.", index => $"backbone.fpn.fpn_layer{index + 1}."),
                new("rpn.conv.", "rpn_conv."),
                new("rpn.objectness.", "rpn_cls_logits."),
                new("rpn.deltas.", "rpn_bbox_pred."),
                new("roi_head.fc1.", "fc6."),
                new("roi_head.fc2.", "fc7."),
                new("roi_head.classes.", "cls_score."),
                new("roi_head.deltas.", "bbox_pred."),
            ],
            [new(OwnOffset, ".conv2.offset.")],
            DeformableWeight: ".conv2.conv.weight",
            [StoredAnchors, BatchCounter],
            PthForm.UnderModel
        );

    /// <summary>MMDetection 2 and 3.</summary>
    public static NameTable MMDetection { get; } =
        OfMMDetection("MMDetection 2 and 3", backgroundFirst: false, "roi_head.bbox_head.");

    /// <summary>MMDetection 1: the background is its first class.</summary>
    public static NameTable MMDetection1 { get; } = OfMMDetection("MMDetection 1", backgroundFirst: true, "bbox_head.");

    /// <summary>torchvision's Faster R-CNN; its FPN and RPN have a second index since 0.13.</summary>
    public static NameTable Torchvision { get; } =
        new(
            "torchvision",
            BackgroundFirst: true,
            [
                new("backbone.conv1.", "backbone.body.conv1."),
                new("backbone.bn1.", "backbone.body.bn1."),
                new("backbone.layer", "backbone.body.layer"),
                .. Levels("fpn.lateral.", index => $"backbone.fpn.inner_blocks.{index}.0."),
                .. Levels("fpn.lateral.", index => $"backbone.fpn.inner_blocks.{index}."),
                .. Levels("fpn.output.", index => $"backbone.fpn.layer_blocks.{index}.0."),
                .. Levels("fpn.output.", index => $"backbone.fpn.layer_blocks.{index}."),
                new("rpn.conv.", "rpn.head.conv.0.0."),
                new("rpn.conv.", "rpn.head.conv."),
                new("rpn.objectness.", "rpn.head.cls_logits."),
                new("rpn.deltas.", "rpn.head.bbox_pred."),
                new("roi_head.fc1.", "roi_heads.box_head.fc6."),
                new("roi_head.fc2.", "roi_heads.box_head.fc7."),
                new("roi_head.classes.", "roi_heads.box_predictor.cls_score."),
                new("roi_head.deltas.", "roi_heads.box_predictor.bbox_pred."),
            ],
            [],
            DeformableWeight: ".conv2.weight",
            [BatchCounter],
            PthForm.StateDict
        );

    /// <summary>Detectron2's Faster and Cascade R-CNN with FPN.</summary>
    public static NameTable Detectron2 { get; } =
        new(
            "Detectron2",
            BackgroundFirst: false,
            [
                new("backbone.conv1.", "backbone.bottom_up.stem.conv1."),
                new("backbone.bn1.", "backbone.bottom_up.stem.conv1.norm."),
                new("backbone.fc.", "backbone.bottom_up.stem.fc."),
                .. Levels("backbone.layer", 1, index => $"backbone.bottom_up.res{index + 2}."),
                .. Levels("fpn.lateral.", index => $"backbone.fpn_lateral{index + 2}."),
                .. Levels("fpn.output.", index => $"backbone.fpn_output{index + 2}."),
                new("rpn.conv.", "proposal_generator.rpn_head.conv."),
                new("rpn.objectness.", "proposal_generator.rpn_head.objectness_logits."),
                new("rpn.deltas.", "proposal_generator.rpn_head.anchor_deltas."),
                .. BoxHeads(
                    stage => $"roi_heads.box_head.{stage}fc1.",
                    stage => $"roi_heads.box_head.{stage}fc2.",
                    stage => $"roi_heads.box_predictor.{stage}cls_score.",
                    stage => $"roi_heads.box_predictor.{stage}bbox_pred."
                ),
            ],
            [
                new(OwnOffset, ".conv2_offset."),
                new(".bn1.", ".conv1.norm."),
                new(".bn2.", ".conv2.norm."),
                new(".bn3.", ".conv3.norm."),
                new(".downsample.1.", ".shortcut.norm."),
                new(".downsample.0.", ".shortcut."),
            ],
            DeformableWeight: ".conv2.weight",
            [StoredAnchors, BatchCounter, "pixel_mean", "pixel_std"],
            PthForm.UnderModel
        );

    /// <summary>All of them.</summary>
    public static IReadOnlyList<NameTable> All { get; } =
    [Official, MMDetection, MMDetection1, Torchvision, Detectron2];

    private static NameTable OfMMDetection(string title, bool backgroundFirst, string head) =>
        new(
            title,
            backgroundFirst,
            [
                new("backbone.", "backbone."),
                .. Levels("fpn.lateral.", index => $"neck.lateral_convs.{index}.conv."),
                .. Levels("fpn.output.", index => $"neck.fpn_convs.{index}.conv."),
                new("rpn.conv.", "rpn_head.rpn_conv."),
                new("rpn.objectness.", "rpn_head.rpn_cls."),
                new("rpn.deltas.", "rpn_head.rpn_reg."),
                .. BoxHeads(
                    stage => $"{head}{stage}shared_fcs.0.",
                    stage => $"{head}{stage}shared_fcs.1.",
                    stage => $"{head}{stage}fc_cls.",
                    stage => $"{head}{stage}fc_reg."
                ),
            ],
            // The second is the name in its first versions.
            [new(OwnOffset, OwnOffset), new(OwnOffset, ".conv2_offset.")],
            DeformableWeight: ".conv2.weight",
            [BatchCounter],
            PthForm.UnderStateDict
        );

    /// <summary>The box head, and the stages of a cascade, whose number there comes before the layer's name.</summary>
    private static IEnumerable<NameRow> BoxHeads(params Func<string, string>[] theirs) =>
        Enumerable
            .Range(0, ClassRows.MostStages)
            .Select(stage => $"{stage}.")
            .Prepend("")
            .SelectMany(stage =>
                boxLayers.Zip(theirs, (layer, name) => new NameRow($"roi_head.{stage}{layer}", name(stage)))
            );

    private static IEnumerable<NameRow> Levels(string ours, Func<int, string> theirs) => Levels(ours, 0, theirs);

    private static IEnumerable<NameRow> Levels(string ours, int first, Func<int, string> theirs)
    {
        const int Levels = 4;
        return Enumerable.Range(0, Levels).Select(index => new NameRow($"{ours}{index + first}.", theirs(index)));
    }
}
