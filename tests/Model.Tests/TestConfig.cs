// The tensor tests count live handles and share two cores: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace DynamicRcnn.Model.Tests;

/// <summary>Configurations small enough for a test; every argument is a field that some test changes.</summary>
internal static class TestConfig
{
    /// <summary>The profiles themselves: a test of a difference fails when the presets swap them.</summary>
    public static Conventions MMDetection { get; } = OfPreset("mmdet-r50-1x");

    public static Conventions Official { get; } = OfPreset("official-r50-1x");

    public static Conventions New { get; } = OfPreset("r50-fpn");

    /// <summary>The conventions of new training with some fields changed, each as `name=value`.</summary>
    public static Conventions Changed(params string[] fields) => OfPreset("r50-fpn", fields);

    private static Conventions OfPreset(string preset, params string[] fields) =>
        ConfigText
            .Resolve(new ConfigSources(preset, [], [.. fields.Select(field => "model.conventions." + field)], []))
            .Value.Config.Model.Conventions;

    public static BackboneConfig Backbone(
        int depth = 18,
        int stemChannels = 8,
        int lastStage = 4,
        int frozenStages = 0,
        BackboneNorm? norm = null,
        bool strideIn1x1 = false,
        int[]? deformableStages = null,
        int offsetGroups = 1,
        bool kaimingOffsets = false,
        bool gradientCheckpointing = false
    ) =>
        new(
            depth,
            stemChannels,
            strideIn1x1,
            lastStage,
            frozenStages,
            deformableStages ?? [],
            offsetGroups,
            kaimingOffsets,
            norm ?? BackboneNorm.GroupNorm,
            normEpsilon: 1e-5,
            ChannelOrder.Rgb,
            mean: [123.675, 116.28, 103.53],
            std: [58.395, 57.12, 57.375],
            weights: "",
            gradientCheckpointing
        );

    public static RpnConfig Rpn(
        double minimumPositiveIoU = 0.3,
        int anchorsPerImage = 32,
        int postNms = 50,
        double lossBeta = 0
    ) =>
        new(
            anchorScale: 8,
            anchorRatios: [0.5, 1, 2],
            positiveIoU: 0.7,
            negativeIoU: 0.3,
            minimumPositiveIoU,
            anchorsPerImage,
            positiveFraction: 0.5,
            preNmsTrain: 200,
            preNmsTest: 100,
            postNmsTrain: postNms,
            postNmsTest: postNms,
            nmsIoU: 0.85,
            lossBeta
        );

    public static RoIHeadConfig RoIHead(
        int roIsPerImage = 32,
        double scoreThreshold = 0.05,
        BoxLoss? boxLoss = null,
        double boxLossWeight = 1,
        double[]? classWeights = null
    ) =>
        new(
            pooledSide: 7,
            samplingRatio: 2,
            hiddenUnits: 32,
            roIsPerImage,
            positiveFraction: 0.25,
            classWeights ?? [],
            boxCoderStd: [0.1, 0.1, 0.2, 0.2],
            scoreThreshold,
            nmsIoU: 0.5,
            detectionsPerImage: 20,
            boxLoss ?? BoxLoss.SmoothL1,
            boxLossWeight
        );

    public static CascadeConfig OneHead { get; } = new([], [], [], CascadeScores.MeanOfLogits);

    /// <summary>Of three stages, the published numbers.</summary>
    public static CascadeConfig Cascade(CascadeScores? scores = null) =>
        new(
            stageIoUs: [0.6, 0.7],
            boxCoderStd: [0.05, 0.05, 0.1, 0.1, 0.033, 0.033, 0.067, 0.067],
            lossWeights: [0.5, 0.25],
            scores ?? CascadeScores.MeanOfLogits
        );

    public static ModelConfig Model(
        BackboneConfig? backbone = null,
        RpnConfig? rpn = null,
        RoIHeadConfig? roIHead = null,
        Conventions? conventions = null,
        int firstLevel = 2,
        bool fpnNorm = true,
        CascadeConfig? cascade = null
    ) =>
        new(
            backbone ?? Backbone(),
            new FpnConfig(channels: 16, fpnNorm, firstLevel),
            rpn ?? Rpn(),
            roIHead ?? RoIHead(),
            cascade ?? OneHead,
            conventions ?? New
        );

    public static DynamicConfig Dynamic(
        StatisticsRule? rule = null,
        int topIoUCount = 75,
        int lowErrorCount = 10,
        RankScaling? rankScaling = null
    ) =>
        new(
            rule ?? StatisticsRule.ProposalsOnly,
            moveThreshold: true,
            moveBeta: true,
            topIoUCount,
            lowErrorCount,
            updateInterval: 100,
            initialIoU: 0.4,
            floorIoU: 0.4,
            ceilingIoU: 0.95,
            initialBeta: 1,
            minimumBeta: 0.01,
            rankScaling ?? RankScaling.Constant
        );
}
