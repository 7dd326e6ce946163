module DynamicRcnn.Core.Tests.Configuration.ConfigRulesTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private good = Presets.all.Head.Config

let private errors (config: Config) : string list =
    ConfigRules.errors config |> List.map string

let private paths (config: Config) : string list =
    ConfigRules.errors config |> List.map _.Path

let private cascade: Config =
    (Presets.tryFind "r50-c4-small-cascade" |> Result.toOption).Value.Config

let private broken: (string * Config) list = [
    "model.cascade.stageIoUs",
    {
        cascade with
            Model.Cascade.StageIoUs = [| 0.7; 0.6 |]
    }
    "model.cascade.boxCoderStd",
    {
        cascade with
            Model.Cascade.BoxCoderStd = [| 0.1; 0.1; 0.2; 0.2 |]
    }
    "model.cascade.lossWeights",
    {
        cascade with
            Model.Cascade.LossWeights = [| 0.5; 0.25; 0.125 |]
    }
    "model.conventions.backgroundFirst",
    {
        cascade with
            Model.Conventions.BackgroundFirst = true
    }
    "dynamic.topIoUCount",
    {
        cascade with
            Dynamic.MoveThreshold = true
            Dynamic.TopIoUCount = 33
    }
    "data.shortSides",
    {
        good with
            Data.ShortSides = [| 100; 2_000 |]
    }
    "data.shortSides", { good with Data.ShortSides = [||] }
    "data.evaluationShortSide",
    {
        good with
            Data.EvaluationShortSide = 2_000
    }
    "data.imagesPerStep",
    {
        good with
            Solver.AccumulationSteps = 4
    }
    "evaluation.testing.scales",
    {
        good with
            Evaluation.Testing.Scales = [| 200; 100 |]
    }
    "evaluation.testing.maxSides",
    {
        good with
            Evaluation.Testing.Scales = [| 100; 200; 300 |]
            Evaluation.Testing.MaxSides = [| 400; 400 |]
    }
    "evaluation.testing.maxSides",
    {
        good with
            Evaluation.Testing.Scales = [| 100; 200 |]
            Evaluation.Testing.MaxSides = [| 400; 199 |]
    }
    "evaluation.testing.maxSides",
    {
        good with
            Evaluation.Testing.MaxSides = [||]
    }
    "evaluation.softNms.sigma",
    {
        good with
            Evaluation.SoftNms.Sigma = 0.0
    }
    "evaluation.softNms.minimumScore",
    {
        good with
            Evaluation.SoftNms.MinimumScore = 1.5
    }
    "model.backbone.depth", { good with Model.Backbone.Depth = 20 }
    "model.backbone.strideIn1x1",
    {
        good with
            Model.Backbone.StrideIn1x1 = true
    }
    "model.backbone.lastStage",
    {
        good with
            Model.Backbone.LastStage = 2
    }
    "model.backbone.frozenStages",
    {
        good with
            Model.Backbone.LastStage = 3
            Model.Backbone.FrozenStages = 5
    }
    "model.backbone.deformableStages",
    {
        good with
            Model.Backbone.DeformableStages = [| 2; 3 |]
    }
    "model.backbone.deformableStages",
    {
        good with
            Model.Backbone.Depth = 50
            Model.Backbone.LastStage = 3
            Model.Backbone.DeformableStages = [| 3; 4 |]
    }
    "model.backbone.deformableStages",
    {
        good with
            Model.Backbone.Depth = 50
            Model.Backbone.DeformableStages = [| 3; 2 |]
    }
    "model.backbone.offsetGroups",
    {
        good with
            Model.Backbone.Depth = 50
            Model.Backbone.DeformableStages = [| 2; 3 |]
            Model.Backbone.OffsetGroups = 3
    }
    "model.fpn.firstLevel",
    {
        good with
            Model.Backbone.LastStage = 3
            Model.Fpn.FirstLevel = 5
    }
    "model.rpn.negativeIoU",
    {
        good with
            Model.Rpn.NegativeIoU = 0.75
    }
    "model.rpn.minimumPositiveIoU",
    {
        good with
            Model.Rpn.MinimumPositiveIoU = 0.75
    }
    "dynamic.floorIoU",
    {
        good with
            Dynamic.CeilingIoU = 0.35
            Dynamic.MoveThreshold = false
    }
    "dynamic.floorIoU", { good with Dynamic.InitialIoU = 0.3 }
    "dynamic.initialIoU", { good with Dynamic.InitialIoU = 0.9 }
    "dynamic.minimumBeta", { good with Dynamic.MinimumBeta = 0.0 }
    "dynamic.minimumBeta", { good with Dynamic.MinimumBeta = 1.5 }
    "solver.milestones",
    {
        good with
            Solver.Milestones = [| 5; 5 |]
    }
    "solver.milestones",
    {
        good with
            Solver.Milestones = [| 0 |]
    }
    "run.device", { good with Run.Device = "cuda:" }
    "dynamic.topIoUCount",
    {
        good with
            Dynamic.RankScaling = RankScaling.PerPositive
            Dynamic.TopIoUCount = 101
    }
    "dynamic.lowErrorCount",
    {
        good with
            Dynamic.RankScaling = RankScaling.PerPositive
            Dynamic.LowErrorCount = 101
    }
    "dynamic.moveBeta",
    {
        good with
            Model.RoIHead.BoxLoss = BoxLoss.GIoU
    }
    "solver.baseLearningRate",
    {
        good with
            Solver.Optimizer = OptimizerKind.AdamW
    }
]

[<Tests>]
let tests =
    testList "Configuration.ConfigRules" [
        test "every problem is reported at once" {
            let config = {
                good with
                    Solver.BaseLearningRate = -1.0
                    Solver.Milestones = [| 900; 700 |]
                    Dynamic.UpdateInterval = 0
                    Dynamic.MinimumBeta = 2.0
                    Model.Backbone.Mean = [| 1.0 |]
                    Run.Device = "gpu"
            }

            equal
                [
                    "model.backbone.mean: got [1], expected numbers such as [0.5, 1, 2], 3 values"
                    "dynamic.updateInterval: got 0, expected a whole number, at least 1"
                    "solver.baseLearningRate: got -1, expected a number, more than 0"
                    "solver.milestones: got [900, 700], expected whole numbers such as [1, 2, 3], ascending values, each at least 1"
                    "run.device: got gpu, expected auto, cpu, cuda or cuda:N"
                    "dynamic.minimumBeta: got 2, expected at most dynamic.initialBeta (1)"
                ]
                (errors config)
        }

        test "no number is NaN or infinite" {
            let config = {
                good with
                    Solver.Momentum = nan
                    Solver.WeightDecay = infinity
                    Model.Backbone.Mean = [| 0.0; nan; 0.0 |]
            }

            equal [ "model.backbone.mean"; "solver.momentum"; "solver.weightDecay" ] (paths config)
        }

        test "each rule names its field, and that alone" {
            for path, config in broken do
                equal [ path ] (paths config)
        }

        test "losses without a beta go with a moving threshold, and AdamW with a rate of its own" {
            let config = {
                good with
                    Dynamic.MoveBeta = false
                    Model.RoIHead.BoxLoss = BoxLoss.L1
                    Solver.Optimizer = OptimizerKind.AdamW
                    Solver.BaseLearningRate = 1e-4
            }

            equal [] (errors config)

            equal
                [
                    "dynamic.moveBeta: got true, expected false, for the loss L1 has no beta (model.roiHead.boxLoss)"
                ]
                (errors { config with Dynamic.MoveBeta = true })
        }

        test "a fixed IoU threshold may lie anywhere" {
            equal
                []
                (errors {
                    good with
                        Dynamic.MoveThreshold = false
                        Dynamic.InitialIoU = 0.9
                })
        }

        test "training needs a data set, and weights where layers are frozen" {
            let missing (config: Config) =
                ConfigRules.trainingErrors config |> List.map _.Path

            let frozen = {
                good with
                    Model.Backbone.FrozenStages = 2
            }

            equal [ "data.path" ] (missing good)
            equal [ "data.path"; "model.backbone.weights" ] (missing frozen)

            equal
                []
                (missing {
                    frozen with
                        Data.Path = "cells"
                        Model.Backbone.Weights = "r50.safetensors"
                })
        }
    ]
