module DynamicRcnn.Core.Tests.CommandLine.CommandTests

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.CommandLine.CommandCases
open Expecto

let private plainTrain: TrainOptions = {
    Choice = ConfigChoice.none
    Budget = null
    Out = "runs/a"
    Processes = Nullable()
    Resume = false
    Quiet = false
    Verbose = false
}

[<Tests>]
let tests =
    testList "CommandLine.Command" [
        test "Argu finds nothing wrong with the options' structure" { CommandParser.parser true |> ignore }

        test "train takes every option" {
            let line =
                "train --data cells --train a --val b.json --test c --hold-out 20% --preset r50-fpn --out runs/a --config a.json --config b.json --iterations 50 --seed -3 --device cuda:1 "
                + "--threads 2 --weights w.pth --processes 3 --set solver.momentum=0.8 --set data.shortSides=1,2 --resume --strict --verbose"

            let options = [
                "--data", "data.path", ConfigValue.Text "cells"
                "--train", "data.train", ConfigValue.Text "a"
                "--val", "data.val", ConfigValue.Text "b.json"
                "--test", "data.test", ConfigValue.Text "c"
                "--hold-out", "data.holdOut", ConfigValue.Text "20%"
                "--iterations", "solver.iterations", ConfigValue.Int 50
                "--seed", "run.seed", ConfigValue.Int -3
                "--device", "run.device", ConfigValue.Text "cuda:1"
                "--weights", "model.backbone.weights", ConfigValue.Text "w.pth"
                "--strict", "data.strict", ConfigValue.Bool true
                "--threads", "run.threads", ConfigValue.Int 2
            ]

            equal
                (Command.Train {
                    plainTrain with
                        Choice = {
                            choice "r50-fpn" options with
                                Files = [| "a.json"; "b.json" |]
                                Sets = [| "solver.momentum=0.8"; "data.shortSides=1,2" |]
                        }
                        Processes = Nullable 3
                        Resume = true
                        Verbose = true
                })
                (command line)
        }

        test "resuming needs the run alone" {
            equal (Command.Train { plainTrain with Resume = true }) (command "train --out runs/a --resume")
        }

        test "a length in something else than iterations is a budget" {
            let budget kind amount : RunBudget | null = { Kind = kind; Amount = amount }

            for option, expected in
                [
                    "--epochs 12", budget BudgetKind.Epochs 12.0
                    "--hours 0.5", budget BudgetKind.Hours 0.5
                    "--fraction 1", budget BudgetKind.Fraction 1.0
                    "", null
                ] do
                match command ($"train --data cells --preset r50-fpn --out runs/a {option}".Trim()) with
                | Command.Train options -> equal expected options.Budget
                | other -> failtest $"{other}"
        }

        test "a configuration file stands for the preset" {
            equal
                (Command.Train {
                    plainTrain with
                        Choice = {
                            choice null [ cells ] with
                                Files = [| "a.json" |]
                        }
                        Quiet = true
                })
                (command "train --data cells --config a.json --out runs/a --quiet")
        }

        test "eval runs a detector or scores a file" {
            // Nothing of the run's own data stays beside others.
            let otherData = [
                cells
                "--data", "data.train", ConfigValue.Text ""
                "--data", "data.val", ConfigValue.Text ""
                "--data", "data.test", ConfigValue.Text ""
                "--data", "data.holdOut", ConfigValue.Float 0.0
            ]

            let plain: EvalCheckpointOptions = {
                Checkpoint = "best.safetensors"
                Choice = choice null otherData
                Split = null
                Files = { Json = null; Csv = null }
                Classes = null
                Tiles = Nullable()
            }

            equal (Command.EvalCheckpoint plain) (command "eval --checkpoint best.safetensors --data cells")

            equal
                (Command.EvalCheckpoint {
                    plain with
                        Choice = {
                            choice
                                "mmdet-r50-1x"
                                ([
                                    cells
                                    "--device", "run.device", ConfigValue.Text "cuda"
                                    "--threads", "run.threads", ConfigValue.Int 4
                                 ]
                                 @ otherData.Tail) with
                                Files = [| "a.json" |]
                                Sets = [| "model.roiHead.nmsIoU=0.4" |]
                        }
                        Split = "test"
                        Files = { Json = "out.json"; Csv = "out.csv" }
                        Classes = "RBC,WBC"
                        Tiles = Nullable { Size = 640; Overlap = 100 }
                })
                (command
                    "eval --checkpoint best.safetensors --data cells --tiles 640,100 --split test --json out.json --csv out.csv --preset mmdet-r50-1x --config a.json --classes RBC,WBC --set model.roiHead.nmsIoU=0.4 --device cuda --threads 4")

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
                        Choice = ConfigChoice.none
                        Classes = null
                        Formats = [||]
                        Annotations = null
                        Tiles = Nullable()
                    })
                    (command line))

        test "predict writes the formats that are asked for, each once" {
            match command "predict --checkpoint c --out d - --format csv,coco,csv --annotations a.json --tiles 640" with
            | Command.Predict options ->
                equal [| "-" |] options.Images
                equal [| PredictFormat.Coco; PredictFormat.Csv |] options.Formats
                equal (Some "a.json") (Option.ofObj options.Annotations)
                equal (Nullable { Size = 640; Overlap = 128 }) options.Tiles
            | other -> failtest $"{other}"
        }

        test "convert takes an input, an output and whose names it has" {
            let plain: ConvertOptions = {
                Input = "in.pth"
                Output = "out.safetensors"
                Names = WeightNames.Ours
                Choice = ConfigChoice.none
                Classes = null
            }

            equal (Command.Convert plain) (command "convert in.pth out.safetensors")

            equal
                (Command.Convert {
                    plain with
                        Output = "out.PTH"
                        Names = WeightNames.MMDetection1
                        Choice = {
                            choice "r50-fpn" [] with
                                Files = [| "a.json" |]
                                Sets = [| "run.seed=2" |]
                        }
                        Classes = "names.txt"
                })
                (command
                    "convert --names MMDet1 in.pth --preset r50-fpn --config a.json --classes names.txt --set run.seed=2 out.PTH")
        }

        test "export takes a detector, an output and pictures to check it on" {
            equal
                (Command.Export {
                    Input = "run"
                    Output = "model.onnx"
                    FromTensor = false
                    Raw = false
                    Check = [| "a.jpg"; "photos" |]
                    Choice = {
                        ConfigChoice.none with
                            Sets = [| "run.seed=2" |]
                    }
                    Classes = null
                })
                (command "export run model.onnx --check a.jpg --check photos --set run.seed=2")

            match command "export run model.onnx --input float --raw" with
            | Command.Export options -> equal (true, true) (options.FromTensor, options.Raw)
            | other -> failtest $"{other}"
        }

        test "data converts and splits" {
            equal
                (Command.DataConvert {
                    Choice =
                        choice "r50-c4-small" [
                            cells
                            "--train", "data.train", ConfigValue.Text "a"
                            "--val", "data.val", ConfigValue.Text "b"
                            "--test", "data.test", ConfigValue.Text "c"
                            "--hold-out", "data.holdOut", ConfigValue.Text "20%"
                        ]
                    Format = DataFormat.Yolo
                    Out = "o"
                    Link = true
                })
                (command "data convert --data cells --train a --val b --test c --hold-out 20% --to yolo --out o --link")

            match command "data split --data cells --shares 0.6,0.2,0.2 --seed 7 --to VOC --out o --link" with
            | Command.DataSplit options ->
                equal 3 options.Shares.Length
                equal (7, DataFormat.Voc, "o", true) (options.Seed, options.Format, options.Out, options.Link)
            | other -> failtest $"{other}"

            match command "data split --data cells --shares 0.75,0.25 --out o" with
            | Command.DataSplit options ->
                equal [| 0.75; 0.25 |] options.Shares
                equal (0, DataFormat.Coco, false) (options.Seed, options.Format, options.Link)
            | other -> failtest $"{other}"
        }

        test "data draw takes ranges, shares and noise" {
            match
                command "data draw --objects 1-3 --sizes 60-180 --class-shares 6,2,1,1,0 --label-noise 0.1 --out o"
            with
            | Command.DataDraw options ->
                equal (struct (1, 3)) options.Objects
                equal (struct (60.0, 180.0)) options.Sizes
                equal [| 6.0; 2.0; 1.0; 1.0; 0.0 |] options.ClassShares
                equal (0.1, 1, 600, 100) (options.LabelNoise, options.Seed, options.Images, options.ValidationImages)
            | other -> failtest $"{other}"
        }

        test "data review takes a run, its data and how much is shown" {
            match command "data review runs/a --split val --out o --pictures 5 --threads 2" with
            | Command.DataReview options ->
                equal
                    ("runs/a", Some "val", "o", 5)
                    (options.Checkpoint, Option.ofObj options.Split, options.Out, options.Pictures)

                equal (choice null [ "--threads", "run.threads", ConfigValue.Int 2 ]) options.Choice
            | other -> failtest $"{other}"
        }

        test "the other commands take what they need" {
            equal
                (Command.Inspect {
                    Choice = {
                        choice "r50-fpn" [ cells ] with
                            Sets = [| "dynamic.rule=official" |]
                    }
                    Split = "val"
                    Browse = null
                    BrowseImages = 300
                    Augmented = System.Nullable()
                    Json = null
                    Suggest = true
                })
                (command "inspect --data cells --split val --preset r50-fpn --set dynamic.rule=official --suggest")

            equal
                (Command.Inspect {
                    Choice = choice "r50-c4-small" [ cells ]
                    Split = null
                    Browse = "sheet.HTML"
                    BrowseImages = 12
                    Augmented = System.Nullable 24
                    Json = "counts.json"
                    Suggest = false
                })
                (command "inspect --data cells --browse sheet.HTML --browse-images 12 --augmented 24 --json counts.json")

            equal
                (Command.Demo {
                    Choice = choice "tiny-demo" [ "--iterations", "solver.iterations", ConfigValue.Int 30 ]
                    Out = "d"
                })
                (command "demo --out d --iterations 30")

            equal
                (Command.Config {
                    choice "r50-fpn" [] with
                        Files = [| "a.json" |]
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
