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

    /// For a GPU.
    let private onGpu (backbone: BackboneConfig) : Config = {
        Preset = ""
        Data = PresetParts.data
        Model = {
            Backbone = backbone
            Fpn = PresetParts.fpn
            Rpn = PresetParts.rpn
            RoIHead = PresetParts.roiHead
            Conventions = PresetParts.mmDetectionConventions
        }
        Dynamic = PresetParts.proposalsOnly
        Solver = PresetParts.solver
        Evaluation = {
            Interval = 5_000
            ValidationLoss = true
            Patience = 0
            Testing = PresetParts.testing [| 800; 1000; 1200; 1400; 1600 |] 2000
            SoftNms = PresetParts.softNms
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
            Data = PresetParts.smallData 320 544
            Model = {
                Backbone = backbone
                Fpn = {
                    PresetParts.fpn with
                        Channels = 128
                        Norm = true
                }
                Rpn = PresetParts.smallRpn
                RoIHead = PresetParts.smallRoIHead
                Conventions = PresetParts.mmDetectionConventions
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
        onCpu PresetParts.narrowBackbone with
            Data = {
                PresetParts.smallData 192 256 with
                    CacheMegabytes = 0
            }
            Model.Fpn = {
                Channels = 48
                Norm = true
                FirstLevel = 2
            }
            Model.Rpn = PresetParts.demoRpn
            Model.RoIHead = PresetParts.demoRoIHead
            Dynamic = {
                PresetParts.proposalsOnly with
                    TopIoUCount = 15
                    LowErrorCount = 5
                    UpdateInterval = 25
            }
            Solver = PresetParts.demoSolver
            Evaluation.Testing = PresetParts.testing [| 192; 240; 288; 336; 384 |] 480
    }

    let private published: Config = {
        onGpu (PresetParts.msraBackbone 50) with
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
            (onCpu PresetParts.caffeBackboneToLayer3)

    /// In the order in which a newcomer meets them.
    let all: Preset list = [
        tinyDemo
        preset
            "r18-small"
            "ResNet-18, FPN of 128 channels, short side 320: fine-tuning on a CPU."
            "A few hundred images and torchvision's ResNet-18 weights (--weights FILE)."
            (onCpu (PresetParts.torchvisionBackbone 18))
        small
        preset
            "r50-fpn"
            "ResNet-50 FPN at full size under the rule ProposalsOnly."
            "New training with torchvision's weights (--weights FILE); made for a GPU, slow without."
            (onGpu (PresetParts.torchvisionBackbone 50))
        preset
            "r101-fpn"
            "ResNet-101 FPN at full size under the rule ProposalsOnly."
            "As r50-fpn, for more accuracy at a higher cost."
            (onGpu (PresetParts.torchvisionBackbone 101))
        preset
            "official-r50-1x"
            "The authors' ResNet-50 1x run on COCO: their geometry, statistics and recipe."
            "Comparison with the published AP of 38.9; MSRA's ResNet-50 weights."
            {
                published with
                    Data.ResizeRule = ResizeRule.Official
                    Data.ImagesWithoutBoxes = false
                    Data.MinimumImageSide = 0
                    Model.Rpn = PresetParts.officialRpn
                    Model.RoIHead.SamplingRatio = 2
                    Model.Conventions = PresetParts.officialConventions
                    Dynamic = PresetParts.official
                    Solver = PresetParts.officialSolver
            }
        preset
            "mmdet-r50-1x"
            "MMDetection's ResNet-50 1x run on COCO: its geometry, statistics and recipe."
            "Comparison with the published AP of 38.9; torchvision's ResNet-50 weights."
            {
                published with
                    Model.Backbone = {
                        PresetParts.torchvisionBackbone 50 with
                            Norm = BackboneNorm.EvalBatchNorm
                    }
                    Dynamic = PresetParts.mmDetection
                    Solver = PresetParts.mmDetectionSolver
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
