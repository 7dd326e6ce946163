using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Dynamic R-CNN: backbone, feature pyramid, RPN and box head. The IoU threshold and beta of a training step are arguments; no
/// module keeps them. Shapes depend on the image size, the padded number of ground truths and the configuration alone.
/// </summary>
/// <remarks>
/// Letters: N images, G padded ground truths, K classes. Weights are drawn from the global generator: call
/// <c>torch.manual_seed</c> first. The state dict's keys are torchvision's under <c>backbone.</c>, then <c>fpn.</c>,
/// <c>rpn.</c> and <c>roi_head.</c>
/// </remarks>
public sealed class Detector : Module
{
    private readonly ResNet backbone;
    private readonly Fpn fpn;
    private readonly Rpn rpn;
    private readonly RoIHead roi_head;
    private readonly RpnLoss rpnLoss;
    private readonly ProposalSelector proposalSelector;
    private readonly RoISampler roiSampler;
    private readonly RoILoss roiLoss;
    private readonly DetectionSelector detectionSelector;
    private readonly DeviceStatistics statistics;
    private bool channelsLast;

    /// <summary>A detector with fresh weights.</summary>
    /// <param name="config">A validated configuration.</param>
    /// <param name="classCount">K, without the background.</param>
    public Detector(ModelConfig config, int classCount)
        : base(Named())
    {
        using DisposeScope scope = torch.NewDisposeScope(); // of what layers make on the way to their weights
        Config = config;
        ClassLayout layout = new(classCount, config.Conventions.BackgroundFirst);
        backbone = new ResNet(config.Backbone);
        fpn = new Fpn(config.Fpn, config.Conventions, backbone.OutChannels);
        rpn = new Rpn(config);
        roi_head = new RoIHead(config, layout);
        rpnLoss = new RpnLoss(config.Rpn, config.Conventions);
        proposalSelector = new ProposalSelector(config.Rpn, config.Conventions);
        roiSampler = new RoISampler(config.RoIHead, config.Conventions);
        roiLoss = new RoILoss(layout, config.RoIHead, config.Conventions);
        detectionSelector = new DetectionSelector(config.RoIHead, config.Conventions, layout);
        statistics = new DeviceStatistics(config.RoIHead, config.Conventions);
        RegisterComponents();
    }

    /// <summary>The module's name; libtorch must be there before its base is made.</summary>
    private static string Named()
    {
        Libtorch.Load();
        return nameof(Detector);
    }

    /// <summary>What it was made from.</summary>
    public ModelConfig Config { get; }

    /// <summary>Where the weights lie, and all that is computed.</summary>
    public Device device => backbone.parameters().First().device;

    /// <summary>Moves the detector; its tensor objects stay the same. What is made for its weights, as momentum is, is made after it.</summary>
    /// <param name="target">Where it computes from now on.</param>
    /// <param name="channelsLast">Whether feature maps and the weights of convolutions lie in memory with the channels of a pixel together.</param>
    public void place(Device target, bool channelsLast)
    {
        this.to(target);
        this.channelsLast = channelsLast;
        if (channelsLast)
            ops.channels_last_(this);
    }

    /// <summary>Losses and statistics of a batch. A function of its arguments and the weights; nothing is kept.</summary>
    /// <param name="input">The images.</param>
    /// <param name="truth">Their boxes, padded; an image without boxes is background.</param>
    /// <param name="iouThreshold">0-dimensional: the IoU from which a proposal is positive.</param>
    /// <param name="beta">0-dimensional: smooth L1's beta of the box head, at least 0.</param>
    /// <param name="dynamic">Which statistics to measure.</param>
    /// <param name="seed">What the sampling is drawn from.</param>
    /// <param name="grid">Ranks at which a later replay wants the statistics too; null: none.</param>
    public TrainingOutput forward_training(
        ImageInput input,
        GroundTruth truth,
        Tensor iouThreshold,
        Tensor beta,
        DynamicConfig dynamic,
        SamplingSeed seed,
        StatisticsGrid? grid = null
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        truth = PaddedTruth.From(truth);
        Tensor[] features = fpn.call(backbone.call(Laid(Typed(input.Images))));
        RpnOutput rpnOutput = rpn.call(features);
        LossSums rpnSums = rpnLoss.Compute(rpnOutput, truth, input, seed);
        Proposals proposals = proposalSelector.Select(rpnOutput, input.Sizes, training: true);

        Candidates candidates = roiSampler.Match(proposals, truth);
        SampledRoIs rois = roiSampler.Draw(candidates, truth, iouThreshold, input.ImageIds, seed);
        StatisticTensors measured = statistics.Measure(dynamic, grid, candidates, truth, rois, iouThreshold);
        BoxHeadOutput head = roi_head.Describe(features, rois.Boxes, rois.Valid);
        LossSums roiSums = roiLoss.Compute(head, rois, beta);

        TrainingOutput output = new(rpnSums, roiSums, measured);
        scope.MoveToOuter(output.Tensors);
        return output;
    }

    /// <summary>The objects in the images. Call it inside <c>torch.no_grad()</c>.</summary>
    /// <param name="input">The images; their ids do not matter.</param>
    public Detections detect(ImageInput input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] features = Features(input);
        ClassBoxes found = Describe(features, Propose(features, input), input);
        Detections detections = Select(found, softNms: null, input.Scales);
        scope.MoveToOuter(detections.Tensors);
        return detections;
    }

    /// <summary>P_first .. P6, each [N, C, H, W].</summary>
    internal Tensor[] Features(ImageInput input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return Array.ConvertAll(fpn.call(backbone.call(Laid(input.Images))), level => scope.MoveToOuter(level));
    }

    /// <summary>Of the weights' type, unless they are of half precision on purpose.</summary>
    private Tensor Typed(Tensor images) =>
        images.dtype == ScalarType.BFloat16 ? images : images.to(backbone.parameters().First().dtype);

    private Tensor Laid(Tensor images) => channelsLast ? ops.channels_last(images) : images.contiguous();

    /// <summary>The RPN's proposals of inference.</summary>
    internal Proposals Propose(Tensor[] features, ImageInput input) =>
        proposalSelector.Select(rpn.call(features), input.Sizes, training: false);

    /// <summary>What the box head makes of proposals.</summary>
    internal ClassBoxes Describe(Tensor[] features, Proposals proposals, ImageInput input) =>
        detectionSelector.Decode(roi_head.Describe(features, proposals.Boxes, proposals.Valid), proposals, input.Sizes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        statistics.Dispose();
        roiLoss.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Threshold, suppression, best of the image.</summary>
    internal Detections Select(ClassBoxes found, SoftNms? softNms, Tensor? scales, bool acrossClasses = false) =>
        detectionSelector.Select(found, softNms, scales, acrossClasses);
}
