module DynamicRcnn.Core.Tests.CommandLine.CommandTests

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.CommandLine.CommandCases
open Expecto

let private plainTrain: TrainOptions = {
    Data = noData
    Preset = null
    Out = "runs/a"
    ConfigFiles = [||]
    Sets = [||]
    Iterations = Nullable()
    Seed = Nullable()
    Device = null
    Threads = Nullable()
    Weights = null
    Processes = Nullable()
    Resume = false
    Strict = false
    Quiet = false
    Verbose = false
}

[<Tests>]
let tests =
    testList "CommandLine.Command" [
        test "Argu finds nothing wrong with the options' structure" { Cli.parser true |> ignore }

        test "train takes every option" {
            let line =
                "train --data cells --train a --val b.json --test c --hold-out 20% --preset r50-fpn --out runs/a --config a.json --config b.json --iterations 50 --seed -3 --device cuda:1 "
                + "--threads 2 --weights w.pth --processes 3 --set solver.momentum=0.8 --set data.shortSides=1,2 --resume --strict --verbose"

            equal
                (Command.Train {
                    plainTrain with
                        Data = {
                            Path = "cells"
                            Train = "a"
                            Val = "b.json"
                            Test = "c"
                            HoldOut = "20%"
                        }
                        Preset = "r50-fpn"
                        ConfigFiles = [| "a.json"; "b.json" |]
                        Sets = [| "solver.momentum=0.8"; "data.shortSides=1,2" |]
                        Iterations = Nullable 50
                        Seed = Nullable -3
                        Device = "cuda:1"
                        Threads = Nullable 2
                        Weights = "w.pth"
                        Processes = Nullable 3
                        Resume = true
                        Strict = true
                        Verbose = true
                })
                (command line)
        }

        test "resuming needs the run alone" {
            equal (Command.Train { plainTrain with Resume = true }) (command "train --out runs/a --resume")
        }

        test "a configuration file stands for the preset" {
            equal
                (Command.Train {
                    plainTrain with
                        Data = cells
                        ConfigFiles = [| "a.json" |]
                        Quiet = true
                })
                (command "train --data cells --config a.json --out runs/a --quiet")
        }

        test "eval runs a detector or scores a file" {
            equal
                (Command.EvalCheckpoint {
                    Checkpoint = "best.safetensors"
                    Data = cells
                    Split = null
                    Files = { Json = null; Csv = null }
                    Preset = null
                    ConfigFiles = [||]
                    Classes = null
                    Sets = [||]
                    Device = null
                    Threads = Nullable()
                })
                (command "eval --checkpoint best.safetensors --data cells")

            equal
                (Command.EvalCheckpoint {
                    Checkpoint = "best.safetensors"
                    Data = cells
                    Split = "test"
                    Files = { Json = "out.json"; Csv = "out.csv" }
                    Preset = "mmdet-r50-1x"
                    ConfigFiles = [| "a.json" |]
                    Classes = "RBC,WBC"
                    Sets = [| "model.roiHead.nmsIoU=0.4" |]
                    Device = "cuda"
                    Threads = Nullable 4
                })
                (command
                    "eval --checkpoint best.safetensors --data cells --split test --json out.json --csv out.csv --preset mmdet-r50-1x --config a.json --classes RBC,WBC --set model.roiHead.nmsIoU=0.4 --device cuda --threads 4")

            equal
                (Command.EvalResults {
                    Annotations = "gt.json"
                    Results = "dt.json"
                    Files = { Json = "out.json"; Csv = null }
                })
                (command "eval --annotations gt.json --results dt.json --json out.json")
        }

        testTheory
            "predict takes images wherever they stand"
            [
                "predict --checkpoint c --out d a.jpg photos b*.png"
                "predict a.jpg --checkpoint c photos b*.png --out d"
            ]
            (fun line ->
                equal
                    (Command.Predict {
                        Checkpoint = "c"
                        Out = "d"
                        Images = [| "a.jpg"; "photos"; "b*.png" |]
                        ScoreThreshold = Nullable()
                        Preset = null
                        ConfigFiles = [||]
                        Classes = null
                        Sets = [||]
                        Device = null
                        Threads = Nullable()
                    })
                    (command line))

        test "convert takes an input, an output and whose names it has" {
            let plain: ConvertOptions = {
                Input = "in.pth"
                Output = "out.safetensors"
                Names = WeightNames.Ours
                Preset = null
                ConfigFiles = [||]
                Classes = null
                Sets = [||]
            }

            equal (Command.Convert plain) (command "convert in.pth out.safetensors")

            equal
                (Command.Convert {
                    plain with
                        Output = "out.PTH"
                        Names = WeightNames.MMDetection1
                        Preset = "r50-fpn"
                        ConfigFiles = [| "a.json" |]
                        Classes = "names.txt"
                        Sets = [| "run.seed=2" |]
                })
                (command
                    "convert --names mmdet1 in.pth --preset r50-fpn --config a.json --classes names.txt --set run.seed=2 out.PTH")
        }

        test "the other commands take what they need" {
            equal
                (Command.Inspect {
                    Data = cells
                    Split = "val"
                    Preset = "r50-fpn"
                    ConfigFiles = [||]
                    Sets = [| "dynamic.rule=official" |]
                    Browse = null
                    BrowseImages = 300
                    Json = null
                    Suggest = true
                })
                (command "inspect --data cells --split val --preset r50-fpn --set dynamic.rule=official --suggest")

            equal
                (Command.Inspect {
                    Data = cells
                    Split = null
                    Preset = null
                    ConfigFiles = [||]
                    Sets = [||]
                    Browse = "sheet.HTML"
                    BrowseImages = 12
                    Json = "counts.json"
                    Suggest = false
                })
                (command "inspect --data cells --browse sheet.HTML --browse-images 12 --json counts.json")

            equal
                (Command.Demo {
                    Out = "d"
                    Iterations = Nullable 30
                    Threads = Nullable()
                })
                (command "demo --out d --iterations 30")

            equal
                (Command.Config {
                    Preset = "r50-fpn"
                    ConfigFiles = [| "a.json" |]
                    Sets = [| "run.seed=2" |]
                })
                (command "config r50-fpn --config a.json --set run.seed=2")

            equal
                (Command.Report {
                    Runs = [| "runs/a"; "runs/b" |]
                    Out = "both.html"
                })
                (command "report runs/a --out both.html runs/b")

            equal (Command.Report { Runs = [| "runs/a" |]; Out = null }) (command "report runs/a")

            equal (Command.Watch { Runs = [| "runs/a" |]; Port = 8642 }) (command "watch runs/a")

            equal (Command.Watch { Runs = [| "runs/a"; "b" |]; Port = 0 }) (command "watch --port 0 runs/a b")

            equal Command.Presets (command "presets")
            equal Command.Version (command "--version")
        }

        testTheory
            "threads stand before or after the command"
            [ "--threads 3 doctor"; "doctor --threads 3" ]
            (fun line -> equal (Command.Doctor { Threads = Nullable 3 }) (command line))
    ]
