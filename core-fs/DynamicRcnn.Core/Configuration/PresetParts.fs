namespace DynamicRcnn.Core

/// The schedules, data, tests and solvers that presets are made of.
[<RequireQualifiedAccess>]
module internal PresetParts =

    /// Ours, the default.
    let proposalsOnly: DynamicConfig = {
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
        RankScaling = RankScaling.Constant
    }

    let official: DynamicConfig = {
        proposalsOnly with
            Rule = StatisticsRule.Official
            CeilingIoU = 1.0
            MinimumBeta = 0.0
    }

    let mmDetection: DynamicConfig = {
        official with
            Rule = StatisticsRule.MMDetection
            InitialIoU = 0.5
    }

    /// The paper's baseline: the ordinary second stage with fixed IoU threshold and beta.
    let fixedSetting (dynamic: DynamicConfig) : DynamicConfig = {
        dynamic with
            MoveThreshold = false
            MoveBeta = false
            InitialIoU = 0.5
            InitialBeta = 1.0
    }

    /// A cascade's own thresholds; switched on, each stage moves up from them.
    let cascade (dynamic: DynamicConfig) : DynamicConfig = {
        fixedSetting dynamic with
            FloorIoU = 0.5
    }

    let data: DataConfig = {
        Path = ""
        Train = ""
        Val = ""
        Test = ""
        HoldOut = 0.0
        Strict = false
        ImagesPerStep = 8
        ShortSides = [| 800 |]
        MaxSide = 1333
        EvaluationShortSide = 800
        EvaluationMaxSide = 1333
        ResizeRule = ResizeRule.MMDetection
        Resampling = ResamplingRule.OpenCV
        FlipProbability = 0.5
        VerticalFlipProbability = 0.0
        QuarterTurnProbability = 0.0
        ScaleJitter = 0.0
        Crop = 0.0
        Mosaic = 0.0
        MinimumVisible = 0.3
        Brightness = 0.0
        Contrast = 0.0
        Saturation = 0.0
        PadMultiple = 32
        AspectGrouping = true
        RepeatFactor = 0.0
        ImagesWithoutBoxes = true
        CrowdsKeepImages = false
        MinimumBoxSide = 0.0
        MinimumImageSide = 32
        MaxPixels = 100_000_000
        DecodeThreads = 8
        QueueLength = 4
        CacheMegabytes = 0
    }

    /// For a small machine.
    let smallData (shortSide: int) (maxSide: int) : DataConfig = {
        data with
            ImagesPerStep = 2
            ShortSides = [| shortSide |]
            MaxSide = maxSide
            EvaluationShortSide = shortSide
            EvaluationMaxSide = maxSide
            DecodeThreads = 2
            CacheMegabytes = 512
    }

    /// Off; switched on it is the testing of the published 49.2 AP, with the given sizes.
    let testing (scales: int[]) (maxSide: int) : TestingConfig = {
        Kind = TestingKind.None
        Scales = scales
        MaxSides = [| maxSide |]
        Flip = true
    }

    /// Off; switched on it is what the published 50.1 AP was tested with (linear).
    let softNms: SoftNmsConfig = {
        Kind = SoftNmsKind.None
        Sigma = 0.5
        MinimumScore = 0.001
    }

    let solver: SolverConfig = {
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
        ScaleSchedule = false
        GradientClipNorm = 35.0
        AccumulationSteps = 1
        EmaDecay = 0.0
        Precision = Precision.Float32
        Optimizer = OptimizerKind.Sgd
        FirstMomentDecay = 0.9
        SecondMomentDecay = 0.999
        MomentEpsilon = 1e-8
        RateSchedule = RateSchedule.Steps
        FinalRateFactor = 0.01
    }

    /// Sixteen images a step, as eight passes of two: the published runs used two images on each of eight devices.
    let officialSolver: SolverConfig = {
        solver with
            BaseLearningRate = 0.02
            BiasLearningRateFactor = 2.0
            BiasWeightDecay = 0.0
            WarmupFactor = 1.0 / 3.0
            GradientClipNorm = 0.0
            AccumulationSteps = 8
    }

    /// A run of so many times 90,000 iterations.
    let officialSolverTimes (times: int) : SolverConfig = {
        officialSolver with
            Iterations = times * officialSolver.Iterations
            Milestones = officialSolver.Milestones |> Array.map ((*) times)
    }

    /// Twelve epochs of COCO train2017, 7,330 iterations each, falling after eight and eleven.
    let mmDetectionSolver: SolverConfig = {
        officialSolver with
            Iterations = 87_960
            BiasLearningRateFactor = 1.0
            BiasWeightDecay = 1e-4
            WarmupFactor = 0.001
            Milestones = [| 58_640; 80_630 |]
    }

    let smallSolver: SolverConfig = {
        solver with
            Iterations = 2_000
            BaseLearningRate = 0.0075
            WarmupIterations = 150
            Milestones = [| 1_400; 1_800 |]
    }

    let demoSolver: SolverConfig = {
        smallSolver with
            Iterations = 1_500
            BaseLearningRate = 0.02
            WarmupIterations = 50
            Milestones = [| 1_400 |]
            EmaDecay = 0.998
    }

    /// torchvision's; as many pixels on the long side as the short side makes of them.
    let benchmarkData: DataConfig = {
        data with
            ImagesPerStep = 2
            ShortSides = [| 320 |]
            MaxSide = 10_000
            EvaluationShortSide = 320
            EvaluationMaxSide = 10_000
            FlipProbability = 0.0
    }

    /// Plain descent with momentum at a constant rate.
    let benchmarkSolver: SolverConfig = {
        solver with
            BaseLearningRate = 0.0025
            WarmupIterations = 0
            GradientClipNorm = 0.0
    }
