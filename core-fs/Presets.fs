namespace DynamicRcnn.Core

open System

/// A complete configuration with a name.
type Preset = {
    Name: string
    /// What it trains, in one sentence.
    Purpose: string
    /// When to take it, and with what.
    Use: string
    Config: Config
}

/// The presets, put together from a few named building blocks.
[<RequireQualifiedAccess>]
module Presets =

    // ---- conventions -------------------------------------------------------------------------------------------------

    /// MMDetection 2.x, and new training.
    let private mmDetectionConventions: Conventions = {
        BoxOffset = 0
        IntegerAnchors = false
        AlignedRoIAlign = true
        IgnoreOutsideAnchors = false
        LowQualityMatchToGroundTruth = true
        ProposalsPerBatch = false
        ClampDeltasBelow = true
        BackgroundFirst = false
    }

    /// The authors' code (maskrcnn-benchmark).
    let private officialConventions: Conventions = {
        BoxOffset = 1
        IntegerAnchors = true
        AlignedRoIAlign = false
        IgnoreOutsideAnchors = true
        LowQualityMatchToGroundTruth = false
        ProposalsPerBatch = true
        ClampDeltasBelow = false
        BackgroundFirst = true
    }

    // ---- backbones ---------------------------------------------------------------------------------------------------

    /// torchvision's weights; stem and layer1 frozen.
    let private torchvisionBackbone (depth: int) : BackboneConfig = {
        Depth = depth
        StemChannels = 64
        StrideIn1x1 = false
        LastStage = 4
        FrozenStages = 2
        Norm = BackboneNorm.FrozenBatchNorm
        NormEpsilon = 1e-5
        Channels = ChannelOrder.Rgb
        Mean = [| 123.675; 116.28; 103.53 |]
        Std = [| 58.395; 57.12; 57.375 |]
        Weights = ""
    }

    /// The MSRA weights (R-50.pkl) of the authors' code, whose frozen norm has no epsilon.
    let private msraBackbone (depth: int) : BackboneConfig = {
        torchvisionBackbone depth with
            StrideIn1x1 = true
            NormEpsilon = 0.0
            Channels = ChannelOrder.Bgr
            Mean = [| 102.9801; 115.9465; 122.7717 |]
            Std = [| 1.0; 1.0; 1.0 |]
    }

    /// ResNet-50 weights in caffe's manner without the last stage.
    let private caffeBackboneToLayer3: BackboneConfig = {
        msraBackbone 50 with
            LastStage = 3
            NormEpsilon = 1.001e-5
            Mean = [| 103.939; 116.779; 123.68 |]
    }

    /// Learns from scratch.
    let private narrowBackbone: BackboneConfig = {
        torchvisionBackbone 18 with
            StemChannels = 16
            FrozenStages = 0
            Norm = BackboneNorm.GroupNorm
    }

    // ---- pyramid and heads -------------------------------------------------------------------------------------------

    let private fpn: FpnConfig = {
        Channels = 256
        Norm = false
        FirstLevel = 2
    }

    let private rpn: RpnConfig = {
        AnchorScale = 8.0
        AnchorRatios = [| 0.5; 1.0; 2.0 |]
        PositiveIoU = 0.7
        NegativeIoU = 0.3
        MinimumPositiveIoU = 0.3
        AnchorsPerImage = 256
        PositiveFraction = 0.5
        PreNmsTrain = 2000
        PreNmsTest = 1000
        PostNmsTrain = 1000
        PostNmsTest = 1000
        NmsIoU = 0.85
        LossBeta = 0.0
    }

    let private officialRpn: RpnConfig = {
        rpn with
            MinimumPositiveIoU = 0.0
            LossBeta = 1.0 / 9.0
    }

    let private smallRpn: RpnConfig = {
        rpn with
            AnchorsPerImage = 128
            PreNmsTrain = 1000
            PreNmsTest = 1000
            PostNmsTrain = 500
            PostNmsTest = 500
    }

    let private demoRpn: RpnConfig = {
        smallRpn with
            AnchorScale = 4.0
            AnchorsPerImage = 64
            PreNmsTrain = 300
            PreNmsTest = 300
            PostNmsTrain = 150
            PostNmsTest = 150
    }

    let private roiHead: RoIHeadConfig = {
        PooledSide = 7
        SamplingRatio = 0
        HiddenUnits = 1024
        RoIsPerImage = 512
        PositiveFraction = 0.25
        BoxCoderStd = [| 0.1; 0.1; 0.2; 0.2 |]
        ScoreThreshold = 0.05
        NmsIoU = 0.5
        DetectionsPerImage = 100
    }

    let private smallRoIHead: RoIHeadConfig = {
        roiHead with
            SamplingRatio = 2
            RoIsPerImage = 128
    }

    let private demoRoIHead: RoIHeadConfig = {
        smallRoIHead with
            HiddenUnits = 256
            RoIsPerImage = 64
    }

    // ---- the dynamic schedule ----------------------------------------------------------------------------------------

    /// Ours, the default.
    let private proposalsOnly: DynamicConfig = {
        Rule = StatisticsRule.ProposalsOnly
        MoveThreshold = true
        MoveBeta = true
        TopIoUCount = 75
        LowErrorCount = 10
        UpdateInterval = 100
        InitialIoU = 0.4
        FloorIoU = 0.4
        CeilingIoU = 0.8
        InitialBeta = 1.0
        MinimumBeta = 0.05
    }

    let private official: DynamicConfig = {
        proposalsOnly with
            Rule = StatisticsRule.Official
            CeilingIoU = 1.0
            MinimumBeta = 0.0
    }

    let private mmDetection: DynamicConfig = {
        official with
            Rule = StatisticsRule.MMDetection
            InitialIoU = 0.5
    }

    // ---- data and solver ---------------------------------------------------------------------------------------------

    let private data: DataConfig = {
        Path = ""
        Strict = false
        ImagesPerStep = 8
        ShortSides = [| 800 |]
        MaxSide = 1333
        EvaluationShortSide = 800
        EvaluationMaxSide = 1333
        ResizeRule = ResizeRule.MMDetection
        FlipProbability = 0.5
        Brightness = 0.0
        Contrast = 0.0
        Saturation = 0.0
        PadMultiple = 32
        AspectGrouping = true
        ImagesWithoutBoxes = true
        MinimumImageSide = 32
        DecodeThreads = 8
        QueueLength = 4
        CacheMegabytes = 0
    }

    /// For a small machine.
    let private smallData (shortSide: int) (maxSide: int) : DataConfig = {
        data with
            ImagesPerStep = 2
            ShortSides = [| shortSide |]
            MaxSide = maxSide
            EvaluationShortSide = shortSide
            EvaluationMaxSide = maxSide
            DecodeThreads = 2
            CacheMegabytes = 512
    }

    let private solver: SolverConfig = {
        Iterations = 90_000
        BaseLearningRate = 0.01
        Momentum = 0.9
        WeightDecay = 1e-4
        BiasLearningRateFactor = 1.0
        BiasWeightDecay = 1e-4
        WarmupIterations = 500
        WarmupFactor = 0.001
        Milestones = [| 60_000; 80_000 |]
        DecayFactor = 0.1
        GradientClipNorm = 35.0
        AccumulationSteps = 1
        EmaDecay = 0.0
        Precision = Precision.Float32
    }

    /// Sixteen images a step, as eight passes of two: the published runs used two images on each of eight devices.
    let private officialSolver: SolverConfig = {
        solver with
            BaseLearningRate = 0.02
            BiasLearningRateFactor = 2.0
            BiasWeightDecay = 0.0
            WarmupFactor = 1.0 / 3.0
            GradientClipNorm = 0.0
            AccumulationSteps = 8
    }

    /// Twelve epochs of COCO train2017, 7,330 iterations each, falling after eight and eleven.
    let private mmDetectionSolver: SolverConfig = {
        officialSolver with
            Iterations = 87_960
            BiasLearningRateFactor = 1.0
            BiasWeightDecay = 1e-4
            WarmupFactor = 0.001
            Milestones = [| 58_640; 80_630 |]
    }

    let private smallSolver: SolverConfig = {
        solver with
            Iterations = 2_000
            BaseLearningRate = 0.0075
            WarmupIterations = 150
            Milestones = [| 1_400; 1_800 |]
    }

    let private demoSolver: SolverConfig = {
        smallSolver with
            Iterations = 1_000
            BaseLearningRate = 0.02
            WarmupIterations = 50
            Milestones = [| 700; 900 |]
    }

    // ---- whole configurations ----------------------------------------------------------------------------------------

    /// For a GPU.
    let private onGpu (backbone: BackboneConfig) : Config = {
        Preset = ""
        Data = data
        Model = {
            Backbone = backbone
            Fpn = fpn
            Rpn = rpn
            RoIHead = roiHead
            Conventions = mmDetectionConventions
        }
        Dynamic = proposalsOnly
        Solver = solver
        Evaluation = {
            Interval = 5_000
            ValidationLoss = true
            Patience = 0
        }
        Checkpoint = { Interval = 2_500; Keep = 2 }
        NonFinite = { MaxInARow = 3 }
        Run = {
            Seed = 1
            Threads = 0
            Device = "cpu"
            LogInterval = 20
        }
    }

    /// For a CPU. K_I falls with the number of proposals, so that it ranks boxes near objects here too.
    let private onCpu (backbone: BackboneConfig) : Config = {
        onGpu backbone with
            Data = smallData 320 544
            Model = {
                Backbone = backbone
                Fpn = { fpn with Channels = 128; Norm = true }
                Rpn = smallRpn
                RoIHead = smallRoIHead
                Conventions = mmDetectionConventions
            }
            Dynamic = {
                proposalsOnly with
                    TopIoUCount = 40
                    UpdateInterval = 50
            }
            Solver = smallSolver
            Evaluation.Interval = 500
            Checkpoint.Interval = 250
    }

    let private demo: Config = {
        onCpu narrowBackbone with
            Data = smallData 192 256
            Model.Fpn = {
                Channels = 48
                Norm = true
                FirstLevel = 2
            }
            Model.Rpn = demoRpn
            Model.RoIHead = demoRoIHead
            Dynamic = {
                proposalsOnly with
                    TopIoUCount = 15
                    LowErrorCount = 5
                    UpdateInterval = 25
            }
            Solver = demoSolver
    }

    let private published: Config = {
        onGpu (msraBackbone 50) with
            Data.ImagesPerStep = 16
    }

    let private preset (name: string) (purpose: string) (usage: string) (config: Config) : Preset = {
        Name = name
        Purpose = purpose
        Use = usage
        Config = { config with Preset = name }
    }

    /// What `drcnn demo` trains.
    let tinyDemo: Preset =
        preset
            "tiny-demo"
            "A narrow ResNet-18 that learns drawn shapes from scratch in minutes on a CPU."
            "drcnn demo takes it; no weights needed."
            demo

    /// What data of one's own is trained with first.
    let small: Preset =
        preset
            "r50-c4-small"
            "ResNet-50 up to layer3, FPN of 128 channels, short side 320: stronger fine-tuning on a CPU."
            "A few hundred images and ResNet-50 weights in caffe's manner, layer4 not needed (--weights FILE)."
            (onCpu caffeBackboneToLayer3)

    /// In the order in which a newcomer meets them.
    let all: Preset list = [
        tinyDemo
        preset
            "r18-small"
            "ResNet-18, FPN of 128 channels, short side 320: fine-tuning on a CPU."
            "A few hundred images and torchvision's ResNet-18 weights (--weights FILE)."
            (onCpu (torchvisionBackbone 18))
        small
        preset
            "r50-fpn"
            "ResNet-50 FPN at full size under the rule ProposalsOnly."
            "New training on a GPU with torchvision's weights (--weights FILE --device cuda:0)."
            (onGpu (torchvisionBackbone 50))
        preset
            "r101-fpn"
            "ResNet-101 FPN at full size under the rule ProposalsOnly."
            "As r50-fpn, for more accuracy at half the speed."
            (onGpu (torchvisionBackbone 101))
        preset
            "official-r50-1x"
            "The authors' ResNet-50 1x run on COCO: their geometry, statistics and recipe."
            "Comparison with the published AP of 38.9; MSRA's ResNet-50 weights."
            {
                published with
                    Data.ResizeRule = ResizeRule.Official
                    Data.ImagesWithoutBoxes = false
                    Data.MinimumImageSide = 0
                    Model.Rpn = officialRpn
                    Model.RoIHead.SamplingRatio = 2
                    Model.Conventions = officialConventions
                    Dynamic = official
                    Solver = officialSolver
            }
        preset
            "mmdet-r50-1x"
            "MMDetection's ResNet-50 1x run on COCO: its geometry, statistics and recipe."
            "Comparison with the published AP of 38.9; torchvision's ResNet-50 weights."
            {
                published with
                    Model.Backbone = {
                        torchvisionBackbone 50 with
                            Norm = BackboneNorm.EvalBatchNorm
                    }
                    Dynamic = mmDetection
                    Solver = mmDetectionSolver
            }
    ]

    let names: string list = all |> List.map _.Name

    /// The preset of a name, in any case of letters, or the error with the nearest name.
    let tryFind (name: string) : Result<Preset, ConfigError> =
        all
        |> List.tryFind (fun preset -> String.Equals(preset.Name, name, StringComparison.OrdinalIgnoreCase))
        |> Option.map Ok
        |> Option.defaultValue (
            Error {
                ConfigError.notAllowed "preset" name ("one of " + String.concat ", " names) with
                    Suggestion = Suggestion.nearest names name
            }
        )
