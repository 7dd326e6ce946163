namespace DynamicRcnn.Core

/// The building blocks that presets are put together from.
[<RequireQualifiedAccess>]
module internal PresetParts =

    /// New training: MMDetection's geometry. Ground truth is appended and rows stay as drawn.
    let newConventions: Conventions = {
        BoxOffset = 0
        IntegerAnchors = false
        AlignedRoIAlign = true
        IgnoreOutsideAnchors = false
        LowQualityMatchToGroundTruth = true
        ProposalsPerBatch = false
        ClampDeltasBelow = true
        BackgroundFirst = false
        KaimingInitialisation = false
        CountMissingAnchors = false
        ProposalsByLevel = false
        TruthFirst = false
        SamplingOrder = SamplingOrder.Drawn
        SuppressEqual = false
        RescaleBeforeNms = false
        KeepTiesAtCap = false
        ResultsByClass = false
    }

    /// MMDetection 2.x.
    let mmDetectionConventions: Conventions = {
        newConventions with
            CountMissingAnchors = true
            TruthFirst = true
            SamplingOrder = SamplingOrder.PositivesFirst
            RescaleBeforeNms = true
    }

    /// The authors' code (maskrcnn-benchmark).
    let officialConventions: Conventions = {
        BoxOffset = 1
        IntegerAnchors = true
        AlignedRoIAlign = false
        IgnoreOutsideAnchors = true
        LowQualityMatchToGroundTruth = false
        ProposalsPerBatch = true
        ClampDeltasBelow = false
        BackgroundFirst = true
        KaimingInitialisation = true
        CountMissingAnchors = false
        ProposalsByLevel = true
        TruthFirst = false
        SamplingOrder = SamplingOrder.Candidates
        SuppressEqual = true
        RescaleBeforeNms = false
        KeepTiesAtCap = true
        ResultsByClass = true
    }

    /// torchvision's weights; stem and layer1 frozen.
    let torchvisionBackbone (depth: int) : BackboneConfig = {
        Depth = depth
        StemChannels = 64
        StrideIn1x1 = false
        LastStage = 4
        FrozenStages = 2
        DeformableStages = [||]
        OffsetGroups = 1
        KaimingOffsets = false
        Norm = BackboneNorm.FrozenBatchNorm
        NormEpsilon = 1e-5
        Channels = ChannelOrder.Rgb
        Mean = [| 123.675; 116.28; 103.53 |]
        Std = [| 58.395; 57.12; 57.375 |]
        Weights = ""
    }

    /// The MSRA weights (R-50.pkl) of the authors' code, whose frozen norm has no epsilon.
    let msraBackbone (depth: int) : BackboneConfig = {
        torchvisionBackbone depth with
            StrideIn1x1 = true
            NormEpsilon = 0.0
            Channels = ChannelOrder.Bgr
            Mean = [| 102.9801; 115.9465; 122.7717 |]
            Std = [| 1.0; 1.0; 1.0 |]
    }

    /// ResNet-50 weights in caffe's manner without the last stage.
    let caffeBackboneToLayer3: BackboneConfig = {
        msraBackbone 50 with
            LastStage = 3
            NormEpsilon = 1.001e-5
            Mean = [| 103.939; 116.779; 123.68 |]
    }

    /// Learns from scratch.
    let narrowBackbone: BackboneConfig = {
        torchvisionBackbone 18 with
            StemChannels = 16
            FrozenStages = 0
            Norm = BackboneNorm.GroupNorm
    }

    let fpn: FpnConfig = {
        Channels = 256
        Norm = false
        FirstLevel = 2
    }

    let rpn: RpnConfig = {
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

    let officialRpn: RpnConfig = {
        rpn with
            MinimumPositiveIoU = 0.0
            LossBeta = 1.0 / 9.0
    }

    let smallRpn: RpnConfig = {
        rpn with
            AnchorsPerImage = 128
            PreNmsTrain = 1000
            PreNmsTest = 1000
            PostNmsTrain = 500
            PostNmsTest = 500
    }

    let demoRpn: RpnConfig = {
        smallRpn with
            AnchorScale = 4.0
            AnchorsPerImage = 64
            PreNmsTrain = 300
            PreNmsTest = 300
            PostNmsTrain = 150
            PostNmsTest = 150
    }

    let roiHead: RoIHeadConfig = {
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

    let smallRoIHead: RoIHeadConfig = {
        roiHead with
            SamplingRatio = 2
            RoIsPerImage = 128
    }

    let demoRoIHead: RoIHeadConfig = {
        smallRoIHead with
            HiddenUnits = 256
            RoIsPerImage = 64
    }

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
        Brightness = 0.0
        Contrast = 0.0
        Saturation = 0.0
        PadMultiple = 32
        AspectGrouping = true
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

    /// torchvision's Faster R-CNN, as far as the work of a step depends on it.
    let benchmarkConventions: Conventions = {
        newConventions with
            AlignedRoIAlign = false
            LowQualityMatchToGroundTruth = false
            ClampDeltasBelow = false
            BackgroundFirst = true
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

    /// torchvision's.
    let benchmarkRpn: RpnConfig = {
        rpn with
            MinimumPositiveIoU = 0.0
            LossBeta = 1.0 / 9.0
    }

    /// Plain descent with momentum at a constant rate.
    let benchmarkSolver: SolverConfig = {
        solver with
            BaseLearningRate = 0.0025
            WarmupIterations = 0
            GradientClipNorm = 0.0
    }
