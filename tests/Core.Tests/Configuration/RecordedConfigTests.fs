/// A run's config.json: written, read back, and the start of a resumed run.
module DynamicRcnn.Core.Tests.Configuration.RecordedConfigTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Configuration.ConfigCases
open Expecto
open FsCheck
open FsCheck.FSharp

/// Fields of a preset replaced by those of others and by arbitrary numbers, in so far as the result is valid.
let private configs: Arbitrary<ResolvedConfig> =
    gen {
        let! start = Gen.elements Presets.all

        let! donors =
            Gen.listOf (Gen.zip (Gen.elements ConfigFields.all) (Gen.elements Presets.all))

        let! rate = ArbMap.defaults |> ArbMap.generate<NormalFloat>
        let! seed = ArbMap.defaults |> ArbMap.generate<int>
        let! weights = ArbMap.defaults |> ArbMap.generate<char list>

        let mixed =
            donors
            |> List.fold (fun config (field, preset) -> field.Set (field.Get preset.Config) config) start.Config

        return {
            mixed with
                Run.Seed = seed
                Solver.WeightDecay = abs (float rate)
                Model.Backbone.Weights = weights |> List.filter (Char.IsSurrogate >> not) |> String.Concat
        }
    }
    |> Gen.where (ConfigRules.errors >> List.isEmpty)
    |> Gen.map (fun config -> {
        Config = config
        Origins =
            ConfigFields.all
            |> List.map (fun field -> {
                Path = field.Path
                Value = ConfigValue.text (field.Get config)
                Origin = $"test {field.Path.Length}"
            })
            |> Array.ofList
    })
    |> Arb.fromGen

/// What `write` wrote before there was `data.resampling`.
let private withoutResampling (config: DynamicRcnn.Core.Config) : ConfigLayer =
    let lines = (ConfigText.write { Config = config; Origins = [||] }).Split '\n'

    lines
    |> Array.filter (fun line -> not (line.Contains "\"resampling\""))
    |> String.concat "\n"
    |> file

let private began =
    ok (
        ConfigText.resolve {
            none with
                Preset = "r50-c4-small"
                Options = [|
                    option "--iterations" "solver.iterations" "1000"
                    option "--data" "data.path" "cells"
                |]
        }
    )

[<Tests>]
let tests =
    testList "Configuration.RecordedConfig" [
        testProperty
            "what is written reads back the same, values and origins"
            (Prop.forAll configs (fun resolved ->
                let text = ConfigText.write resolved

                ok (
                    ConfigText.readBack {
                        FileName = "config.json"
                        Text = text
                    }
                )
                    =
                    resolved))

        testProperty
            "a written configuration is a configuration file"
            (Prop.forAll configs (fun resolved ->
                let layer = file (ConfigText.write resolved)
                (ok (ConfigText.resolve { none with Layers = [| layer |] })).Config = resolved.Config))

        testProperty
            "a value's text is read by --set"
            (Prop.forAll configs (fun resolved ->
                ConfigFields.all
                |> List.forall (fun field ->
                    let value = field.Get resolved.Config
                    ConfigValue.parse field.Kind (ConfigValue.text value) = Some value)))

        test "fields that an older version did not know take the preset's value" {
            let text =
                """{ "preset": "r50-fpn", "run": { "seed": 5 }, "origins": { "run.seed": "--seed" } }"""

            let resolved = ok (ConfigText.readBack (file text))
            equal (5, 0.9) (resolved.Config.Run.Seed, resolved.Config.Solver.Momentum)
            equal ("--seed", "preset r50-fpn") (originOf "run.seed" resolved, originOf "solver.momentum" resolved)
        }

        testTheory
            "an older configuration resamples as its rule of sizes says"
            [
                ResizeRule.Official, ResamplingRule.Pillow
                ResizeRule.MMDetection, ResamplingRule.OpenCV
            ]
            (fun (rule, resampling) ->
                for preset in [ "r50-fpn"; "official-r50-1x"; "mine" ] do
                    let config = {
                        Presets.tinyDemo.Config with
                            Preset = preset
                            Data.ResizeRule = rule
                    }

                    let read = ok (ConfigText.readBack (withoutResampling config))

                    equal
                        {
                            config with
                                Data.Resampling = resampling
                        }
                        read.Config

                    equal "derived from data.resizeRule" (originOf "data.resampling" read))

        test "who gives the rule of sizes alone means its resampling too" {
            let resampling (sets: string list) =
                let sources = { demo with Sets = Array.ofList sets }
                let adjusted = ok (ConfigText.adjust (ok (ConfigText.resolve demo)) sources)
                let resolved = ok (ConfigText.resolve sources)
                equal resolved.Config adjusted.Config
                resolved.Config.Data.Resampling

            equal ResamplingRule.OpenCV (resampling [])
            equal ResamplingRule.Pillow (resampling [ "data.resizeRule=Official" ])
            equal ResamplingRule.OpenCV (resampling [ "data.resizeRule=Official"; "data.resampling=OpenCV" ])
            equal ResamplingRule.Pillow (resampling [ "data.resampling=Pillow" ])
        }

        test "a configuration of no known preset must be complete" {
            let own = {
                Presets.tinyDemo.Config with
                    Preset = "mine"
            }

            let complete = ConfigText.write { Config = own; Origins = [||] }
            equal own (ok (ConfigText.readBack (file complete))).Config

            let missing = problems (ConfigText.readBack (file """{ "preset": "mine" }"""))
            equal (ConfigFields.all.Length - 1) missing.Length
            contains "my.json: solver.iterations: is missing" missing
        }

        test "a run resumes with its own configuration, and with the very command that began it" {
            equal began (ok (ConfigText.resume began none))

            let again = {
                none with
                    Preset = "r50-c4-small"
                    Options = [|
                        option "--iterations" "solver.iterations" "1000"
                        option "--data" "data.path" "cells"
                    |]
            }

            equal began (ok (ConfigText.resume began again))
        }

        test "a resumed run may become longer and move, its milestones stay" {
            let resumed =
                ok (
                    ConfigText.resume began {
                        none with
                            Options = [| option "--iterations" "solver.iterations" "3000" |]
                            Sets = [| "run.device=cuda:0" |]
                    }
                )

            equal (3_000, "cuda:0") (resumed.Config.Solver.Iterations, resumed.Config.Run.Device)
            equal [| 700; 900 |] resumed.Config.Solver.Milestones
            equal ("--set", "--data") (originOf "run.device" resumed, originOf "data.path" resumed)
        }

        test "a resumed run refuses changed mathematics and names it" {
            let sources = {
                none with
                    Preset = "r50-fpn"
                    Sets = [| "solver.momentum=0.8"; "run.threads=4"; "solver.iterations=0" |]
            }

            let rest =
                "a resumed run may change checkpoint.failuresInARow, checkpoint.interval, checkpoint.keep, data.cacheMegabytes, data.decodeThreads, data.path, data.queueLength, data.strict, data.test, data.train, data.val, evaluation.interval, evaluation.panelImages, evaluation.patience, evaluation.validationLoss, model.backbone.gradientCheckpointing, nonFinite.maxInARow, run.device, run.logInterval, run.memoryFormat, run.threads, solver.iterations alone"

            equal
                [
                    $"--preset: preset: got r50-fpn, expected r50-c4-small as when the run began; {rest}"
                    $"--set: solver.momentum: got 0.8, expected 0.9 as when the run began; {rest}"
                    "--set: solver.iterations: got 0, expected a whole number, at least 1"
                ]
                (problems (ConfigText.resume began sources))
        }

        test "differences are listed with both values" {
            let after = {
                began.Config with
                    Solver.Milestones = [| 1 |]
                    Run.Device = "cuda"
            }

            equal
                [
                    {
                        Path = "solver.milestones"
                        Before = "[700, 900]"
                        After = "[1]"
                        MayChangeOnResume = false
                    }
                    {
                        Path = "run.device"
                        Before = "auto"
                        After = "cuda"
                        MayChangeOnResume = true
                    }
                ]
                (ConfigComparison.differences began.Config after)
        }
    ]
