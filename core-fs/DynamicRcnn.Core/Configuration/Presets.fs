namespace DynamicRcnn.Core

open System

/// A complete configuration with a name.
[<NoComparison>]
type Preset = {
    Name: string
    /// What it trains, in one sentence.
    Purpose: string
    /// When to take it, and with what.
    Use: string
    /// COCO AP on val2017 that was published for it; null where none was.
    PublishedAP: Nullable<float>
    Config: Config
}

/// The presets, put together from a few named building blocks.
[<RequireQualifiedAccess>]
module Presets =

    /// For a GPU.
    let private onGpu (backbone: BackboneConfig) : Config = {
        Preset = ""
        Data = PresetParts.data
        Model = {
            Backbone = backbone
            Fpn = PresetModels.fpn
            Rpn = PresetModels.rpn
            RoIHead = PresetModels.roiHead
            Cascade = PresetModels.noCascade
            Conventions = PresetModels.newConventions
        }
        Dynamic = PresetParts.proposalsOnly
        Solver = PresetParts.solver
        Evaluation = {
            Interval = 5_000
            ValidationLoss = true
            Patience = 0
            PanelImages = 12
            Testing = PresetParts.testing [| 800; 1000; 1200; 1400; 1600 |] 2000
            SoftNms = PresetParts.softNms
            SuppressAcrossClasses = false
            Precision = Precision.Float32
        }
        Checkpoint = {
            Interval = 2_500
            Keep = 0
            FailuresInARow = 0
        }
        NonFinite = { MaxInARow = 3 }
        Run = {
            Seed = 1
            Threads = 0
            Device = "auto"
            MemoryFormat = MemoryFormat.Auto
            LogInterval = 20
        }
    }

    /// For a CPU. K_I falls with the number of proposals, so that it ranks boxes near objects here too.
    let private onCpu (backbone: BackboneConfig) : Config = {
        onGpu backbone with
            Data = PresetParts.smallData 320 544
            Model = {
                Backbone = backbone
                Fpn = {
                    PresetModels.fpn with
                        Channels = 128
                        Norm = true
                }
                Rpn = PresetModels.smallRpn
                RoIHead = PresetModels.smallRoIHead
                Cascade = PresetModels.noCascade
                Conventions = PresetModels.newConventions
            }
            Dynamic = {
                PresetParts.proposalsOnly with
                    TopIoUCount = 40
                    UpdateInterval = 50
            }
            Solver = PresetParts.smallSolver
            Evaluation.Interval = 500
            Evaluation.Testing = PresetParts.testing [| 320; 400; 480; 560; 640 |] 800
            Checkpoint.Interval = 250
    }

    let private demo: Config = {
        onCpu PresetModels.narrowBackbone with
            Data = {
                PresetParts.smallData 192 256 with
                    CacheMegabytes = 0
            }
            Model.Fpn = {
                Channels = 48
                Norm = true
                FirstLevel = 2
            }
            Model.Rpn = PresetModels.demoRpn
            Model.RoIHead = PresetModels.demoRoIHead
            Dynamic = {
                PresetParts.proposalsOnly with
                    TopIoUCount = 15
                    LowErrorCount = 5
                    UpdateInterval = 25
            }
            Solver = PresetParts.demoSolver
            Evaluation.Testing = PresetParts.testing [| 192; 240; 288; 336; 384 |] 480
    }

    let private preset (name: string) (purpose: string) (usage: string) (config: Config) : Preset = {
        Name = name
        Purpose = purpose
        Use = usage
        PublishedAP = Nullable()
        Config = { config with Preset = name }
    }

    /// Short sides of multi-scale training, of which each image draws one.
    let private manyScales = [| 400; 600; 800; 1000; 1200 |]

    /// A row of the authors' table. `times` 90,000 iterations; with `multiScale` an image has one of five sizes.
    let private official (depth: int) (times: int) (multiScale: bool) (ap: float) : Preset =
        let name = $"""official-r{depth}-{times}x{if multiScale then "-ms" else ""}"""

        let start = onGpu (PresetModels.msraBackbone depth)

        let scales = if multiScale then ", short sides 400 to 1200" else ""

        {
            preset
                name
                $"The authors' ResNet-{depth} {times}x run on COCO{scales}: their geometry, statistics and recipe."
                $"Comparison with the published AP; MSRA's ResNet-{depth}, R-{depth}.pkl."
                {
                    start with
                        Data = {
                            start.Data with
                                ImagesPerStep = 16
                                ShortSides = if multiScale then manyScales else start.Data.ShortSides
                                MaxSide = if multiScale then 1400 else start.Data.MaxSide
                                ResizeRule = ResizeRule.Official
                                Resampling = ResamplingRule.Pillow
                                ImagesWithoutBoxes = false
                                CrowdsKeepImages = true
                                MinimumImageSide = 0
                        }
                        Model.Rpn = PresetModels.officialRpn
                        Model.RoIHead.SamplingRatio = 2
                        Model.Conventions = PresetModels.officialConventions
                        Dynamic = PresetParts.official
                        Solver = PresetParts.officialSolverTimes times
                } with
                PublishedAP = Nullable ap
        }

    /// The authors' row with modulated deformable convolutions (DCNv2) in the last three stages.
    let private officialDeformable: Preset =
        let plain = official 101 3 true 46.7

        {
            plain with
                Name = "official-r101-dcn-3x-ms"
                Purpose =
                    "The authors' ResNet-101-DCNv2 3x run on COCO, short sides 400 to 1200: official-r101-3x-ms with deformable convolutions."
                Config = {
                    plain.Config with
                        Preset = "official-r101-dcn-3x-ms"
                        Model.Backbone.DeformableStages = [| 2; 3; 4 |]
                        Model.Backbone.KaimingOffsets = true
                }
        }

    let private mmDetection: Preset = {
        preset
            "mmdet-r50-1x"
            "MMDetection's ResNet-50 1x run on COCO: its geometry, statistics and recipe."
            "Comparison with the published AP; torchvision's ResNet-50, resnet50-*.pth."
            {
                onGpu {
                    PresetModels.torchvisionBackbone 50 with
                        Norm = BackboneNorm.EvalBatchNorm
                } with
                    Data.ImagesPerStep = 16
                    Data.ImagesWithoutBoxes = false
                    Data.CrowdsKeepImages = true
                    Data.MinimumBoxSide = 1.0
                    Model.Conventions = PresetModels.mmDetectionConventions
                    Dynamic = PresetParts.mmDetection
                    Solver = PresetParts.mmDetectionSolver
            } with
            PublishedAP = Nullable 38.9
    }

    /// Fixed thresholds: it is not what Dynamic R-CNN is compared with, and needs no baseline.
    let private mmDetectionCascade: Preset = {
        preset
            "mmdet-cascade-r50-1x"
            "MMDetection's Cascade R-CNN with ResNet-50, 1x on COCO: three box heads at IoU 0.5, 0.6 and 0.7 that never move."
            "Comparison with the published AP; torchvision's ResNet-50, resnet50-*.pth."
            {
                mmDetection.Config with
                    Model.Rpn = {
                        PresetModels.rpn with
                            PostNmsTrain = 2000
                            NmsIoU = 0.7
                            LossBeta = 1.0 / 9.0
                    }
                    Model.Cascade = PresetModels.cascade
                    Dynamic = PresetParts.cascade PresetParts.mmDetection
            } with
            PublishedAP = Nullable 40.3
    }

    let private published: Preset list = [
        official 50 1 false 38.9
        official 50 2 false 39.9
        official 101 1 false 41.0
        official 101 2 false 41.8
        official 101 3 true 44.4
        officialDeformable
        mmDetection
    ]

    /// What a published run is compared with: the same, but for an IoU threshold and a beta that never move.
    let private baseline (dynamic: Preset) : Preset =
        preset
            $"{dynamic.Name}-baseline"
            $"{dynamic.Name} with IoU threshold 0.5 and beta 1.0 throughout."
            $"The baseline that {dynamic.Name} is compared with; the same weights."
            {
                dynamic.Config with
                    Dynamic = PresetParts.fixedSetting dynamic.Config.Dynamic
            }

    /// What `drcnn demo` trains.
    let tinyDemo: Preset =
        preset
            "tiny-demo"
            "A narrow ResNet-18 that learns drawn shapes from scratch in minutes on a CPU."
            "drcnn demo takes it; no weights needed."
            demo

    /// What data of one's own is trained with first.
    [<CompiledName "Small">]
    let small: Preset =
        preset
            "r50-c4-small"
            "ResNet-50 up to layer3, FPN of 128 channels, short side 320: stronger fine-tuning on a CPU."
            "A few hundred images and caffe's ResNet-50, not torchvision's: MSRA's R-50.pkl (--weights FILE; docs/checkpoints.md), layer4 not needed."
            (onCpu PresetModels.caffeBackboneToLayer3)

    /// As small, as a cascade. K_I is at most what a stage hands on: a quarter of 128 boxes.
    let private smallCascade: Preset =
        preset
            "r50-c4-small-cascade"
            "r50-c4-small as a Cascade R-CNN: three box heads at IoU 0.5, 0.6 and 0.7, each on the boxes of the one before."
            "As r50-c4-small, where boxes must be exact; --set dynamic.moveThreshold=true --set dynamic.moveBeta=true moves every stage."
            {
                small.Config with
                    Model.Cascade = PresetModels.cascade
                    Dynamic = {
                        PresetParts.cascade small.Config.Dynamic with
                            TopIoUCount = 25
                    }
            }

    let private own: Preset list = [
        tinyDemo
        preset
            "r18-small"
            "ResNet-18, FPN of 128 channels, short side 320: fine-tuning on a CPU."
            "A few hundred images and torchvision's ResNet-18, resnet18-*.pth (--weights FILE; docs/checkpoints.md)."
            (onCpu (PresetModels.torchvisionBackbone 18))
        small
        smallCascade
        preset
            "r50-fpn"
            "ResNet-50 FPN at full size under the rule ProposalsOnly."
            "New training with torchvision's ResNet-50, resnet50-*.pth (--weights FILE); made for a GPU, slow without."
            (onGpu (PresetModels.torchvisionBackbone 50))
        preset
            "r101-fpn"
            "ResNet-101 FPN at full size under the rule ProposalsOnly."
            "As r50-fpn, for more accuracy at a higher cost."
            (onGpu (PresetModels.torchvisionBackbone 101))
    ]

    /// A training and a test that do the same work as torchvision's Faster R-CNN, for `drcnn bench`.
    let private benchmark (depth: int) : Preset =
        preset
            $"bench-r{depth}"
            $"The work of torchvision's Faster R-CNN with ResNet-{depth}, for drcnn bench."
            "Comparison of speed (docs/performance.md); not made for training."
            {
                onGpu (PresetModels.torchvisionBackbone depth) with
                    Data = PresetParts.benchmarkData
                    Model.Rpn = PresetModels.benchmarkRpn
                    Model.RoIHead.SamplingRatio = 2
                    Model.Conventions = PresetModels.benchmarkConventions
                    Dynamic = PresetParts.fixedSetting PresetParts.proposalsOnly
                    Solver = PresetParts.benchmarkSolver
            }

    /// In the order in which a newcomer meets them.
    [<CompiledName "All">]
    let all: Preset list =
        own
        @ published
        @ (published |> List.map baseline)
        @ [ mmDetectionCascade; benchmark 18; benchmark 50 ]

    let names: string list = all |> List.map _.Name

    /// The preset of a name, in any case of letters, or the error with the nearest name.
    [<CompiledName "TryFind">]
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
