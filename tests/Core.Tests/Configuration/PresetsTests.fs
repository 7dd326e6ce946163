module DynamicRcnn.Core.Tests.Configuration.PresetsTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private configOf (name: string) : Config =
    (Presets.all |> List.find (fun preset -> preset.Name = name)).Config

[<Tests>]
let tests =
    testList "Configuration.Presets" [
        test "every preset is valid, has a name of its own, a purpose and a use" {
            for preset in Presets.all do
                isEmpty (ConfigRules.errors preset.Config)
                equal preset.Name preset.Config.Preset
                endsWith "." preset.Purpose
                notEqual "" preset.Use

            equal Presets.all.Length (List.distinct Presets.names).Length
        }

        test "a preset is found in any case, a misspelt one is suggested" {
            match Presets.tryFind "R50-FPN", Presets.tryFind "r50-fnp" with
            | Ok preset, Error error ->
                equal "r50-fpn" preset.Name
                endsWith "did you mean r50-fpn?" (string error)
            | other -> failtest $"{other}"
        }

        test "published presets pin the rule of their code, all others take ProposalsOnly" {
            for preset in Presets.all do
                let expected =
                    match preset.Name.Split('-')[0] with
                    | "official" -> StatisticsRule.Official
                    | "mmdet" -> StatisticsRule.MMDetection
                    | _ -> StatisticsRule.ProposalsOnly

                equal expected preset.Config.Dynamic.Rule
        }

        test "the authors' numbers are those of their configuration" {
            let config = configOf "official-r50-1x"
            let solver, dynamic, rpn = config.Solver, config.Dynamic, config.Model.Rpn
            equal [| 60_000; 80_000 |] solver.Milestones

            equal
                (90_000, 0.02, 2.0, 0.0)
                (solver.Iterations, solver.BaseLearningRate, solver.BiasLearningRateFactor, solver.BiasWeightDecay)

            within 5e-13 (0.02 / 3.0) (LearningRate.at solver 1)

            equal
                (75, 10, 100, 0.4, 1.0)
                (dynamic.TopIoUCount,
                 dynamic.LowErrorCount,
                 dynamic.UpdateInterval,
                 dynamic.InitialIoU,
                 dynamic.InitialBeta)

            equal (0.85, 0.0, 1.0 / 9.0) (rpn.NmsIoU, rpn.MinimumPositiveIoU, rpn.LossBeta)
            equal [| 102.9801; 115.9465; 122.7717 |] config.Model.Backbone.Mean
            equal (16, 8) (config.Data.ImagesPerStep, solver.AccumulationSteps)
        }

        test "MMDetection's numbers are those of its configuration" {
            let config = configOf "mmdet-r50-1x"
            equal (0.5, 0.4) (config.Dynamic.InitialIoU, config.Dynamic.FloorIoU)
            within 5e-13 (0.02 * 0.001) (LearningRate.at config.Solver 1)

            equal
                (8 * 7_330, 11 * 7_330, 12 * 7_330)
                (config.Solver.Milestones[0], config.Solver.Milestones[1], config.Solver.Iterations)

            equal
                (0.3, 0.0, 1_000)
                (config.Model.Rpn.MinimumPositiveIoU, config.Model.Rpn.LossBeta, config.Model.Rpn.PostNmsTrain)

            isTrue config.Model.Backbone.Norm.IsEvalBatchNorm
        }

        test "every convention of the two profiles is that of its code" {
            let conventions name =
                let config = configOf name

                ConfigFields.all
                |> List.filter (fun field -> field.Path.StartsWith "model.conventions.")
                |> List.map (fun field -> field.Path.Substring 18, ConfigValue.text (field.Get config))

            let both =
                List.map2
                    (fun (path, official) (_, mmDetection) -> path, official, mmDetection)
                    (conventions "official-r50-1x")
                    (conventions "mmdet-r50-1x")

            equal
                [
                    "boxOffset", "1", "0"
                    "integerAnchors", "true", "false"
                    "alignedRoIAlign", "false", "true"
                    "ignoreOutsideAnchors", "true", "false"
                    "lowQualityMatchToGroundTruth", "false", "true"
                    "proposalsPerBatch", "true", "false"
                    "clampDeltasBelow", "false", "true"
                    "backgroundFirst", "true", "false"
                    "kaimingInitialisation", "true", "false"
                    "countMissingAnchors", "false", "true"
                    "proposalsByLevel", "true", "false"
                    "truthFirst", "false", "true"
                    "samplingOrder", "Candidates", "PositivesFirst"
                    "suppressEqual", "true", "false"
                    "rescaleBeforeNms", "false", "true"
                    "keepTiesAtCap", "true", "false"
                    "resultsByClass", "true", "false"
                ]
                both
        }

        test "the profiles' other differences are those of their codes" {
            let difference (path: string) =
                let field = (ConfigFields.tryFind path).Value

                path,
                ConfigValue.text (field.Get(configOf "official-r50-1x")),
                ConfigValue.text (field.Get(configOf "mmdet-r50-1x"))

            let expected = [
                "data.resizeRule", "Official", "MMDetection"
                "data.resampling", "Pillow", "OpenCV"
                "data.minimumImageSide", "0", "32"
                "model.backbone.strideIn1x1", "true", "false"
                "model.backbone.norm", "FrozenBatchNorm", "EvalBatchNorm"
                "model.backbone.normEpsilon", "0", "1E-05"
                "model.backbone.channels", "Bgr", "Rgb"
                "model.rpn.minimumPositiveIoU", "0", "0.3"
                "model.rpn.postNmsTrain", "1000", "1000"
                "model.roiHead.samplingRatio", "2", "0"
                "dynamic.rule", "Official", "MMDetection"
                "dynamic.initialIoU", "0.4", "0.5"
                "solver.iterations", "90000", "87960"
                "solver.milestones", "[60000, 80000]", "[58640, 80630]"
                "solver.biasLearningRateFactor", "2", "1"
                "solver.biasWeightDecay", "0", "0.0001"
                "solver.warmupFactor", "0.3333333333333333", "0.001"
            ]

            equal expected (expected |> List.map (fun (path, _, _) -> difference path))
        }
    ]
