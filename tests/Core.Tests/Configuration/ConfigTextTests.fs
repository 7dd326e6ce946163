module DynamicRcnn.Core.Tests.Configuration.ConfigTextTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Configuration.ConfigCases
open Expecto

[<Tests>]
let tests =
    testList "Configuration.ConfigText" [
        test "a preset alone gives its values, each with its origin" {
            let resolved = ok (ConfigText.resolve demo)
            equal Presets.tinyDemo.Config resolved.Config
            equal ConfigFields.all.Length resolved.Origins.Length
            equal "preset tiny-demo" (originOf "solver.iterations" resolved)
            equal "--preset" (originOf "preset" resolved)
        }

        test "a file changes what it names, the command line changes the file, and each origin is kept" {
            let resolved =
                ok (
                    ConfigText.resolve {
                        none with
                            Layers = [|
                                file
                                    """{ "preset": "r50-fpn", // comments and trailing commas are allowed
                                 "$schema": "config.schema.json",
                                 "dynamic": { "updateInterval": 25, "rule": "official" },
                                 "data": { "shortSides": [320, 400], }, }"""
                            |]
                            Sets = [|
                                "dynamic.updateInterval=50"
                                "solver.milestones=10, 20"
                                "model.fpn.norm=TRUE"
                            |]
                            Options = [|
                                option "--iterations" "solver.iterations" "30"
                                option "--device" "run.device" "cuda:1"
                            |]
                    }
                )

            let config = resolved.Config
            equal "r50-fpn" config.Preset
            equal (50, StatisticsRule.Official) (config.Dynamic.UpdateInterval, config.Dynamic.Rule)
            equal [| 320; 400 |] config.Data.ShortSides
            equal [| 10; 20 |] config.Solver.Milestones
            isTrue config.Model.Fpn.Norm
            equal "cuda:1" config.Run.Device

            let origins =
                [
                    "preset"
                    "dynamic.rule"
                    "dynamic.updateInterval"
                    "solver.iterations"
                    "solver.momentum"
                ]
                |> List.map (fun path -> originOf path resolved)

            equal [ "my.json"; "my.json"; "--set"; "--iterations"; "preset r50-fpn" ] origins
        }

        testTheory
            "numbers are read as people write them"
            [ "solver.weightDecay=1e-5"; "solver.weightDecay=0.00001" ]
            (fun set -> equal 1e-5 (ok (ConfigText.resolve { demo with Sets = [| set |] })).Config.Solver.WeightDecay)

        test "the last of several files wins" {
            let layers = [|
                file """{ "run": { "seed": 2 }, "preset": "r50-fpn" }"""
                {
                    FileName = "b.json"
                    Text = """{ "run": { "seed": 3 } }"""
                }
            |]

            let resolved = ok (ConfigText.resolve { none with Layers = layers })
            equal (3, "b.json") (resolved.Config.Run.Seed, originOf "run.seed" resolved)
            equal "tiny-demo" (ok (ConfigText.resolve { demo with Layers = layers })).Config.Preset
        }

        test "milestones keep their place in the run when only its length is given" {
            let resolved =
                ok (
                    ConfigText.resolve {
                        none with
                            Preset = "r50-c4-small"
                            Options = [| option "--iterations" "solver.iterations" "500" |]
                    }
                )

            equal [| 350; 450 |] resolved.Config.Solver.Milestones
            equal "derived from --iterations" (originOf "solver.milestones" resolved)

            let short =
                ok (
                    ConfigText.resolve {
                        none with
                            Preset = "r50-c4-small"
                            Sets = [| "solver.iterations=1" |]
                    }
                )

            equal [| 1 |] short.Config.Solver.Milestones
            equal "derived from --set" (originOf "solver.milestones" short)
        }

        test "all problems of all sources are reported at once" {
            let sources = {
                Preset = "r50-fpn"
                Layers = [|
                    file
                        """{ "solver": { "iteratons": 5, "momentum": "fast", "momentum": 0.5 }, "dynamics": {},
                     "data": 3, "run": { "seed": 1.5 }, "model": { "backbone": { "norm": "BatchNorm" } } }"""
                    {
                        FileName = "b.json"
                        Text = "{ \"run\": \n  oops }"
                    }
                |]
                Sets = [| "dynamic.updateInterval=often"; "nonsense"; "solver.decayFactor=2" |]
                Options = [| option "--seed" "run.seed" "7"; option "--threads" "run.threads" "-1" |]
            }

            equal
                (String.concat "\n" [
                    "my.json: solver.iteratons: no such key; did you mean solver.iterations?"
                    "my.json: solver.momentum: got \"fast\", expected a number, at least 0 and less than 1"
                    "my.json: dynamics: no such key; did you mean dynamic?"
                    "my.json: data: got 3, expected an object with the section's fields"
                    "my.json: run.seed: got 1.5, expected a whole number"
                    "my.json: model.backbone.norm: got \"BatchNorm\", expected one of FrozenBatchNorm, EvalBatchNorm, GroupNorm"
                    "my.json: solver.momentum: given twice"
                    "b.json: is not valid JSON at line 2, column 3"
                    "--set: dynamic.updateInterval: got \"often\", expected a whole number, at least 1"
                    "--set: got \"nonsense\", expected path=value"
                    "--set: solver.decayFactor: got 2, expected a number, more than 0 and at most 1"
                    "--threads: run.threads: got -1, expected a whole number, at least 0"
                ])
                (problems (ConfigText.resolve sources) |> String.concat "\n")
        }

        test "an option and a --set for one field contradict each other" {
            let sources = {
                demo with
                    Sets = [| "solver.iterations=5"; "run.seed=1"; "run.seed=2" |]
                    Options = [| option "--iterations" "solver.iterations" "6" |]
            }

            equal
                [
                    "--iterations: solver.iterations: given twice, also by --set"
                    "--set: run.seed: given twice"
                ]
                (problems (ConfigText.resolve sources))
        }

        test "no preset, or an unknown one, is a problem that names them all" {
            let all = String.concat ", " Presets.names

            equal
                [
                    $"preset: got none, expected one of {all}, by --preset NAME or by \"preset\" in the configuration file"
                ]
                (problems (ConfigText.resolve none))

            equal
                [ $"my.json: preset: got r50fpn, expected one of {all}; did you mean r50-fpn?" ]
                (problems (
                    ConfigText.resolve {
                        none with
                            Layers = [| file """{ "preset": "r50fpn" }""" |]
                    }
                ))
        }

        testTheory
            "text that is no configuration is one problem that names the file"
            [
                ""
                "[]"
                "null"
                "{"
                """{ "run": { "device": "\ud800" } }"""
                """{ "solver": { "momentum": 1e999 } }"""
            ]
            (fun text ->
                let found = problems (ConfigText.resolve { demo with Layers = [| file text |] })
                startsWith "my.json: " (single found))

        testProperty "any text is read or refused, and never throws" (fun (characters: char list, path: int) ->
            let text = String.Concat characters
            let field = ConfigFields.all[abs (path % ConfigFields.all.Length)]
            let sets = [| text; $"{field.Path}={text}" |]

            let resolved =
                ConfigText.resolve {
                    demo with
                        Sets = sets
                        Layers = [| file text |]
                }

            not resolved.IsOk)

        test "a misspelt path is suggested for every field" {
            for field in ConfigFields.all do
                let misspelt = field.Path.Remove(field.Path.Length - 2, 1)

                match ConfigFields.tryFind misspelt with
                | Some _ -> ()
                | None -> equal (Some field.Path) (ConfigFields.unknown misspelt).Suggestion
        }
    ]
