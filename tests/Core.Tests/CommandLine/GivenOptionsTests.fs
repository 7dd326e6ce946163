module DynamicRcnn.Core.Tests.CommandLine.GivenOptionsTests

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.CommandLine.CommandCases
open Expecto

[<Tests>]
let tests =
    testList "CommandLine.GivenOptions" [
        test "options that give values to fields name them rightly" {
            let line =
                "train --data cells --preset r50-fpn --out a --iterations 90 --seed 4 --device cuda --threads 2 --weights w --strict"

            match command line with
            | Command.Train options ->
                let resolved = ConfigText.resolve(options.Choice.Sources [||]).Value
                let config = resolved.Config
                equal ("cells", true) (config.Data.Path, config.Data.Strict)
                equal (4, "cuda", 2) (config.Run.Seed, config.Run.Device, config.Run.Threads)
                equal (90, "w") (config.Solver.Iterations, config.Model.Backbone.Weights)

                let origins =
                    resolved.Origins
                    |> Array.map _.Origin
                    |> Array.filter (fun origin -> origin.StartsWith "--")

                equal
                    (Set [
                        "--preset"
                        "--data"
                        "--iterations"
                        "--seed"
                        "--device"
                        "--threads"
                        "--weights"
                        "--strict"
                    ])
                    (Set origins)
            | other -> failtest $"{other}"
        }

        test "a checkpoint's configuration is changed by the options of predict and eval" {
            let recorded =
                ConfigText
                    .resolve(
                        {
                            Configuration.ConfigCases.none with
                                Preset = "r50-c4-small"
                        }
                    )
                    .Value

            match
                command "predict --checkpoint c --out d --score-threshold 0.25 --set model.roiHead.nmsIoU=0.4 a.jpg",
                command "predict --checkpoint c --out d --score-threshold 2 a.jpg"
            with
            | Command.Predict good, Command.Predict bad ->
                let config = (ConfigText.adjust recorded (good.Choice.Sources [||])).Value.Config
                equal (0.25, 0.4) (config.Model.RoIHead.ScoreThreshold, config.Model.RoIHead.NmsIoU)

                equal
                    "--score-threshold: model.roiHead.scoreThreshold: got 2, expected a number, at least 0 and less than 1"
                    (single (ConfigText.adjust recorded (bad.Choice.Sources [||])).Problems)
            | other -> failtest $"{other}"
        }

        test "a score threshold is a number with a point, and a comma is none of its signs" {
            for text in [ "0,25"; "high" ] do
                match command $"predict --checkpoint c --out d --score-threshold {text} a.jpg" with
                | Command.Predict options ->
                    let recorded =
                        (ConfigText.resolve {
                            Configuration.ConfigCases.none with
                                Preset = "r50-c4-small"
                        })
                            .Value

                    equal
                        $"--score-threshold: model.roiHead.scoreThreshold: got \"{text}\", expected a number, at least 0 and less than 1"
                        (single (ConfigText.adjust recorded (options.Choice.Sources [||])).Problems)
                | other -> failtest $"{other}"
        }

        test "the demo takes its preset, inspect takes one when none is named" {
            match command "demo --iterations 100", command "inspect --data cells" with
            | Command.Demo demo, Command.Inspect inspect ->
                let config = ConfigText.resolve(demo.Choice.Sources [||]).Value.Config
                equal ("tiny-demo", 100) (config.Preset, config.Solver.Iterations)
                equal "r50-c4-small" (ConfigText.resolve(inspect.Choice.Sources [||]).Value.Config.Preset)
            | other -> failtest $"{other}"
        }

        test "experiment takes data as train does, a preset, fields for all arms, and hours" {
            match
                command
                    "experiment compare --data d --train a --val b --test c --hold-out 20% --preset tiny-demo --set run.threads=1 --hours 0.5 --out o"
            with
            | Command.Experiment options ->
                equal ("compare", Nullable 0.5) (options.Plan, options.Hours)
                equal (Some "tiny-demo") (Option.ofObj options.Choice.Preset)
                equal [| "run.threads=1" |] options.Choice.Sets

                equal
                    [ "data.path"; "data.train"; "data.val"; "data.test"; "data.holdOut" ]
                    (options.Choice.Options |> Array.map _.Path |> List.ofArray)
            | other -> failtest $"%A{other}"

            match command "experiment p.json --out o" with
            | Command.Experiment options -> isFalse options.Hours.HasValue
            | other -> failtest $"%A{other}"
        }

        test "replay takes lists of values and makes every combination of them" {
            match
                command
                    "replay runs/a --top-iou-count 25,75 --low-error-count 5,10 --rule Official --set dynamic.floorIoU=0.5"
            with
            | Command.Replay options ->
                equal "runs/a" options.Run
                equal 4 options.Variants.Length

                equal
                    [ "Official"; "25"; "10" ]
                    (options.Variants[1].Options
                     |> Array.map (_.Value >> ConfigValue.text)
                     |> List.ofArray)

                equal [ "dynamic.floorIoU=0.5" ] (List.ofArray options.Variants[3].Sets)
            | other -> failtest $"{other}"

            match command "replay runs/a" with
            | Command.Replay options -> isEmpty options.Variants
            | other -> failtest $"{other}"

            containsText "name the folder of a run" (message "replay")
            containsText "expected a field of the schedule" (message "replay runs/a --set run.seed=1")
            containsText "14 combinations" (message "replay runs/a --update-interval 1,2,3,4,5,6,7,8,9,10,11,12,13,14")
        }

        test "bench takes its sizes into the configuration and refuses what says nothing" {
            match
                command
                    "bench --serve --data cells --preset bench-r50 --short-side 480 --batch 4 --weights w.pth --threads 2",
                command "bench --data cells --preset bench-r18 --mode infer --split val --short-side 640"
            with
            | Command.Bench served, Command.Bench alone ->
                let config = ConfigText.resolve(served.Choice.Sources [||]).Value.Config
                equal (true, BenchMode.Train, "train") (served.Serve, served.Mode, served.Split)
                equal [| 480 |] config.Data.ShortSides
                equal 640 (ConfigText.resolve(alone.Choice.Sources [||]).Value.Config.Data.EvaluationShortSide)

                equal
                    (4, "w.pth", 2, "cells")
                    (config.Data.ImagesPerStep, config.Model.Backbone.Weights, config.Run.Threads, config.Data.Path)

                equal (false, BenchMode.Infer, "val", 5) (alone.Serve, alone.Mode, alone.Split, alone.TimedSteps)
            | other -> failtest $"{other}"

            containsText
                "--mode is both, expected train, infer or assign"
                (message "bench --data d --preset bench-r18 --mode both")

            containsText "--steps is 0, expected at least 1" (message "bench --data d --preset bench-r18 --steps 0")
            containsText "contradict each other" (message "bench --data d --preset bench-r18 --serve --steps 3")
            containsText "--preset NAME or --config FILE is missing" (message "bench --data d")
        }
    ]
