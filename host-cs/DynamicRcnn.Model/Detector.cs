using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Dynamic R-CNN: backbone, feature pyramid, RPN and box head. The IoU threshold and beta of a training step are arguments; no
/// module keeps them. With <c>model.cascade</c> there is a row of box heads. Shapes depend on the image size, the padded number of ground truths and the configuration alone.
/// </summary>
/// <remarks>
/// Letters: N images, G padded ground truths, K classes. Weights are drawn from the global generator: call
/// <c>torch.manual_seed</c> first. The state dict's keys are torchvision's under <c>backbone.</c>, then <c>fpn.</c>,
/// <c>rpn.</c> and <c>roi_head.</c>, of a cascade <c>roi_head.0.</c>, <c>roi_head.1.</c>, ...
/// </remarks>
public sealed class Detector : Module
{
    private readonly ResNet backbone;
    private readonly Fpn fpn;
    private readonly Rpn rpn;
    private readonly Module roi_head;
    private readonly RpnLoss rpnLoss;
    private readonly ProposalSelector proposalSelector;
    private readonly BoxStage[] stages;
    private readonly DetectionSelector detectionSelector;
    private bool channelsLast;

    /// <summary>A detector with fresh weights.</summary>
    /// <param name="config">A validated configuration.</param>
    /// <param name="classCount">K, without the background.</param>
    public Detector(ModelConfig config, int classCount)
        : base(Named())
    {
        using DisposeScope scope = torch.NewDisposeScope(); // of what layers make on the way to their weights
        Config = config;
        bool isCascade = config.Cascade.StageCount > 1;
        ClassLayout layout = new(classCount, config.Conventions.BackgroundFirst, isCascade);
        backbone = new ResNet(config.Backbone);
        fpn = new Fpn(config.Fpn, config.Conventions, backbone.OutChannels);
        rpn = new Rpn(config);
        RoIHead[] heads = Array.ConvertAll(config.Stages, _ => new RoIHead(config, layout));
        roi_head = isCascade ? ModuleList(heads) : heads[0];
        rpnLoss = new RpnLoss(config.Rpn, config.Conventions);
        proposalSelector = new ProposalSelector(config.Rpn, config.Conventions);
        stages = [.. heads.Select((head, place) => new BoxStage(config, place, layout, head))];
        detectionSelector = new DetectionSelector(config.Stages[^1], config.Conventions, layout);
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
    ) => forward_training(input, truth, [new StageSetting(iouThreshold, beta, dynamic)], seed, grid);

    /// <param name="input">The images.</param>
    /// <param name="truth">Their boxes, padded; an image without boxes is background.</param>
    /// <param name="settings">One for each box head.</param>
    /// <param name="seed">What the sampling is drawn from.</param>
    /// <param name="grid">Ranks at which a later replay wants the statistics too; null: none.</param>
    /// <exception cref="ArgumentException">There are more or fewer settings than box heads.</exception>
    /// <inheritdoc cref="forward_training(ImageInput, GroundTruth, Tensor, Tensor, DynamicConfig, SamplingSeed, StatisticsGrid?)"/>
    public TrainingOutput forward_training(
        ImageInput input,
        GroundTruth truth,
        IReadOnlyList<StageSetting> settings,
        SamplingSeed seed,
        StatisticsGrid? grid = null
    )
    {
        if (settings.Count != stages.Length)
        {
            throw new ArgumentException(
                $"settings: got {settings.Count}, expected one for each of the detector's {stages.Length} box heads.",
                nameof(settings)
            );
        }
        using DisposeScope scope = torch.NewDisposeScope();
        truth = PaddedTruth.From(truth);
        Tensor[] features = fpn.call(backbone.call(Laid(Typed(input.Images))));
        RpnOutput rpnOutput = rpn.call(features);
        LossSums rpnSums = rpnLoss.Compute(rpnOutput, truth, input, seed);
        Proposals proposals = proposalSelector.Select(rpnOutput, input.Sizes, training: true);

        List<StageOutput> outputs = [];
        (Tensor Boxes, Tensor Valid) boxes = (proposals.Boxes, proposals.Valid);
        for (int place = 0; place < stages.Length; place++)
        {
            TrainedStage trained = stages[place].Train(features, boxes, truth, settings[place], input, seed, grid);
            outputs.Add(trained.Output);
            if (place + 1 < stages.Length)
                boxes = stages[place].Refined(trained, input.Sizes);
        }
        TrainingOutput output = new(rpnSums, outputs);
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

    /// <summary>What the box head makes of proposals: in a cascade each stage moves them on, the last one's boxes count, and all agree on scores.</summary>
    internal ClassBoxes Describe(Tensor[] features, Proposals proposals, ImageInput input)
    {
        List<Tensor> logits = [];
        foreach (BoxStage stage in stages[..^1])
        {
            BoxHeadOutput said = stage.Describe(features, proposals).ForBoxes;
            logits.Add(said.Logits);
            proposals = proposals with { Boxes = stage.Refined(said.Deltas, proposals.Boxes, input.Sizes) };
        }
        BoxHeadOutput last = stages[^1].Describe(features, proposals).ForBoxes;
        logits.Add(last.Logits);
        return detectionSelector.Decode(Probabilities(logits), last.Deltas, proposals, input.Sizes);
    }

    private Tensor Probabilities(List<Tensor> logits)
    {
        if (logits.Count == 1)
            return logits[0].softmax(1);
        return Config.Cascade.Scores.IsMeanOfLogits
            ? Mean(logits).softmax(1)
            : Mean([.. logits.Select(each => each.softmax(1))]);
    }

    private static Tensor Mean(List<Tensor> values) => values.Aggregate((sum, next) => sum + next) / values.Count;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (BoxStage stage in stages)
            stage.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Threshold, suppression, best of the image.</summary>
    internal Detections Select(ClassBoxes found, SoftNms? softNms, Tensor? scales, bool acrossClasses = false) =>
        detectionSelector.Select(found, softNms, scales, acrossClasses);
}
