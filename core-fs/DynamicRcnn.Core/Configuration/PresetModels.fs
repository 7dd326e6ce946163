namespace DynamicRcnn.Core

/// The detectors that presets are made of.
[<RequireQualifiedAccess>]
module internal PresetModels =

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
        GradientCheckpointing = false
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
        ClassWeights = [||]
        BoxCoderStd = [| 0.1; 0.1; 0.2; 0.2 |]
        ScoreThreshold = 0.05
        NmsIoU = 0.5
        DetectionsPerImage = 100
        BoxLoss = BoxLoss.SmoothL1
        BoxLossWeight = 1.0
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

    /// One head.
    let noCascade: CascadeConfig = {
        StageIoUs = [||]
        BoxCoderStd = [||]
        LossWeights = [||]
        Scores = CascadeScores.MeanOfLogits
    }

    /// MMDetection's, after its first stage.
    let cascade: CascadeConfig = {
        noCascade with
            StageIoUs = [| 0.6; 0.7 |]
            BoxCoderStd = [| 0.05; 0.05; 0.1; 0.1; 0.033; 0.033; 0.067; 0.067 |]
            LossWeights = [| 0.5; 0.25 |]
    }

    /// torchvision's Faster R-CNN, as far as the work of a step depends on it.
    let benchmarkConventions: Conventions = {
        newConventions with
            AlignedRoIAlign = false
            LowQualityMatchToGroundTruth = false
            ClampDeltasBelow = false
            BackgroundFirst = true
    }

    /// torchvision's.
    let benchmarkRpn: RpnConfig = {
        rpn with
            MinimumPositiveIoU = 0.0
            LossBeta = 1.0 / 9.0
    }
