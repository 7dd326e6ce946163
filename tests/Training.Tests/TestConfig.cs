using DynamicRcnn.Core;
using Xunit;

// The tensor tests count live handles and share two cores: one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace DynamicRcnn.Training.Tests;

/// <summary>A whole configuration that trains in seconds.</summary>
internal static class TestConfig
{
    public static Config Tiny(
        int updateInterval = 10,
        int iterations = 60,
        double learningRate = 0.02,
        Precision? precision = null,
        TestingConfig? testing = null,
        SoftNmsKind? softNms = null,
        int imagesPerStep = 2,
        int[]? shortSides = null,
        double floorIoU = 0.4,
        StatisticsRule? rule = null,
        int maxSide = 256,
        double[]? furtherStages = null,
        OptimizerKind? optimizer = null
    ) =>
        new(
            preset: "test",
            new DataConfig(
                path: "",
                train: "",
                val: "",
                test: "",
                holdOut: 0,
                strict: false,
                imagesPerStep,
                shortSides: shortSides ?? [128],
                maxSide,
                evaluationShortSide: 128,
                evaluationMaxSide: 256,
                resizeRule: ResizeRule.MMDetection,
                resampling: ResamplingRule.OpenCV,
                flipProbability: 0.5,
                verticalFlipProbability: 0,
                quarterTurnProbability: 0,
                scaleJitter: 0,
                crop: 0,
                mosaic: 0,
                minimumVisible: 0.3,
                brightness: 0,
                contrast: 0,
                saturation: 0,
                padMultiple: 32,
                aspectGrouping: true,
                repeatFactor: 0,
                imagesWithoutBoxes: true,
                crowdsKeepImages: false,
                minimumBoxSide: 0,
                minimumImageSide: 1,
                maxPixels: 100_000_000,
                decodeThreads: 1,
                queueLength: 2,
                cacheMegabytes: 0
            ),
            Model(furtherStages ?? []),
            new DynamicConfig(
                rule ?? StatisticsRule.ProposalsOnly,
                moveThreshold: true,
                moveBeta: true,
                topIoUCount: 20,
                lowErrorCount: 5,
                updateInterval,
                initialIoU: 0.4,
                floorIoU,
                ceilingIoU: 0.9,
                initialBeta: 1,
                minimumBeta: 0.05,
                RankScaling.Constant
            ),
            new SolverConfig(
                iterations,
                learningRate,
                momentum: 0.9,
                weightDecay: 1e-4,
                biasLearningRateFactor: 2,
                biasWeightDecay: 0,
                warmupIterations: 8,
                warmupFactor: 0.1,
                milestones: [iterations * 8 / 10],
                decayFactor: 0.1,
                scaleSchedule: false,
                gradientClipNorm: 10,
                accumulationSteps: 1,
                emaDecay: 0,
                precision: precision ?? Precision.Float32,
                optimizer ?? OptimizerKind.Sgd,
                firstMomentDecay: 0.9,
                secondMomentDecay: 0.999,
                momentEpsilon: 1e-8,
                rateSchedule: RateSchedule.Steps,
                finalRateFactor: 0.01
            ),
            new EvaluationConfig(
                interval: 0,
                validationLoss: false,
                patience: 0,
                panelImages: 0,
                testing ?? new TestingConfig(TestingKind.None, scales: [], maxSides: [256], flip: false),
                new SoftNmsConfig(softNms ?? SoftNmsKind.None, sigma: 0.5, minimumScore: 0.001),
                suppressAcrossClasses: false,
                precision ?? Precision.Float32
            ),
            new CheckpointConfig(interval: 100, keep: 1, failuresInARow: 0),
            new NonFiniteConfig(maxInARow: 3),
            new RunConfig(seed: 7, threads: 2, device: "cpu", MemoryFormat.Auto, logInterval: 10)
        );

    private static ModelConfig Model(double[] furtherStages) =>
        new(
            new BackboneConfig(
                depth: 18,
                stemChannels: 16,
                strideIn1x1: false,
                lastStage: 3,
                frozenStages: 0,
                deformableStages: [],
                offsetGroups: 1,
                kaimingOffsets: false,
                BackboneNorm.GroupNorm,
                normEpsilon: 1e-5,
                ChannelOrder.Rgb,
                mean: [123.675, 116.28, 103.53],
                std: [58.395, 57.12, 57.375],
                weights: "",
                gradientCheckpointing: false
            ),
            new FpnConfig(channels: 32, norm: true, firstLevel: 2),
            new RpnConfig(
                anchorScale: 6,
                anchorRatios: [0.5, 1, 2],
                positiveIoU: 0.7,
                negativeIoU: 0.3,
                minimumPositiveIoU: 0.3,
                anchorsPerImage: 64,
                positiveFraction: 0.5,
                preNmsTrain: 500,
                preNmsTest: 300,
                postNmsTrain: 100,
                postNmsTest: 100,
                nmsIoU: 0.85,
                lossBeta: 0
            ),
            new RoIHeadConfig(
                pooledSide: 7,
                samplingRatio: 2,
                hiddenUnits: 128,
                roIsPerImage: 64,
                positiveFraction: 0.25,
                classWeights: [],
                boxCoderStd: [0.1, 0.1, 0.2, 0.2],
                scoreThreshold: 0.05,
                nmsIoU: 0.5,
                detectionsPerImage: 100,
                BoxLoss.SmoothL1,
                boxLossWeight: 1
            ),
            new CascadeConfig(
                furtherStages,
                [.. Enumerable.Repeat(0.1, 4 * furtherStages.Length)],
                [.. furtherStages.Select(_ => 0.5)],
                CascadeScores.MeanOfLogits
            ),
            Presets.TryFind("r50-fpn").ResultValue.Config.Model.Conventions
        );
}
