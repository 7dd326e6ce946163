/// The presets of the published model tables.
module DynamicRcnn.Core.Tests.Configuration.PublishedPresetsTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private find (name: string) : Preset =
    Presets.all |> List.find (fun preset -> preset.Name = name)

[<Tests>]
let tests =
    testList "Configuration.PublishedPresets" [
        testTheory
            "depth, length and published AP are those of the table"
            [
                "official-r50-1x", 50, 90_000, 60_000, 80_000, 38.9
                "official-r50-2x", 50, 180_000, 120_000, 160_000, 39.9
                "official-r101-1x", 101, 90_000, 60_000, 80_000, 41.0
                "official-r101-2x", 101, 180_000, 120_000, 160_000, 41.8
                "official-r101-3x-ms", 101, 270_000, 180_000, 240_000, 44.4
                "official-r101-dcn-3x-ms", 101, 270_000, 180_000, 240_000, 46.7
                "mmdet-r50-1x", 50, 87_960, 58_640, 80_630, 38.9
                "mmdet-cascade-r50-1x", 50, 87_960, 58_640, 80_630, 40.3
            ]
            (fun (name, depth, iterations, first, second, ap) ->
                let preset = find name
                let solver = preset.Config.Solver
                equal (depth, iterations) (preset.Config.Model.Backbone.Depth, solver.Iterations)
                equal [| first; second |] solver.Milestones
                equal (Nullable ap) preset.PublishedAP

                equal
                    (16, 8, 0.02, 500)
                    (preset.Config.Data.ImagesPerStep,
                     solver.AccumulationSteps,
                     solver.BaseLearningRate,
                     solver.WarmupIterations))

        test "multi-scale training draws from five short sides and tests at one" {
            let data = (find "official-r101-3x-ms").Config.Data
            equal [| 400; 600; 800; 1000; 1200 |] data.ShortSides
            equal (1400, 800, 1333) (data.MaxSide, data.EvaluationShortSide, data.EvaluationMaxSide)
            let single = (find "official-r101-2x").Config.Data
            equal [| 800 |] single.ShortSides
            equal 1333 single.MaxSide
        }

        test "the deformable row differs from the plain one in its backbone alone" {
            let plain, deformable =
                (find "official-r101-3x-ms").Config, (find "official-r101-dcn-3x-ms").Config

            equal [| 2; 3; 4 |] deformable.Model.Backbone.DeformableStages
            isTrue deformable.Model.Backbone.KaimingOffsets

            equal plain {
                deformable with
                    Preset = plain.Preset
                    Model.Backbone = plain.Model.Backbone
            }
        }

        test "a baseline differs from its preset in the fixed setting alone" {
            let baselines =
                Presets.all |> List.filter (fun preset -> preset.Name.EndsWith "-baseline")

            equal 7 baselines.Length

            for baseline in baselines do
                let dynamic = (baseline.Name.Replace("-baseline", "") |> find).Config
                let fixedSetting = baseline.Config.Dynamic

                equal
                    (false, false, 0.5, 1.0)
                    (fixedSetting.MoveThreshold,
                     fixedSetting.MoveBeta,
                     fixedSetting.InitialIoU,
                     fixedSetting.InitialBeta)

                isFalse baseline.PublishedAP.HasValue

                for difference in ConfigComparison.differences dynamic baseline.Config do
                    contains difference.Path [
                        "preset"
                        "dynamic.moveThreshold"
                        "dynamic.moveBeta"
                        "dynamic.initialIoU"
                    ]
        }

        test "the official learning rates are exact at the five iterations of the table" {
            let rate = LearningRate.at (find "official-r50-1x").Config.Solver
            let third = 1.0 / 3.0
            equal (0.02 * third) (rate 1)
            equal (0.02 * (third * 0.5 + 0.5)) (rate 251)
            equal 0.02 (rate 501)
            equal 0.002 (rate 60_001)
            // 0.1 squared is not 0.01 in binary; PyTorch's scheduler gives these bits too.
            equal (0.02 * 0.1 ** 2.0) (rate 80_001)
            within 1e-18 0.0002 (rate 80_001)
        }
    ]
