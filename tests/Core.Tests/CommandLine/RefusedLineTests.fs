module DynamicRcnn.Core.Tests.CommandLine.RefusedLineTests

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.CommandLine.CommandCases
open Expecto

[<Tests>]
let tests =
    testList "CommandLine.RefusedLine" [
        testTheory
            "what is wrong is one sentence"
            [
                "trian --out a",
                "no such command: trian, expected one of train, eval, predict, convert, export, inspect, data, replay, experiment, report, watch, doctor, bench, demo, presets, config; did you mean train?"
                "", "name a command; drcnn --help lists them"
                "train --out a", "train: --data PATH is missing (only --resume goes without, and --train PATH)"
                "train --out a --data b",
                "train: --preset NAME or --config FILE is missing (drcnn presets lists the presets)"
                "train --data b --preset c", "train: missing argument '--out'"
                "train --out a --out b --resume", "train: argument '--out' has been specified more than once"
                "train --out a --resume --quiet --verbose", "train: --quiet and --verbose contradict each other"
                "train --out a --data b --preset c --iterations 5 --hours 1",
                "train: --iterations and --hours contradict each other"
                "train --out a --data b --preset c --epochs 5 --fraction 0.5",
                "train: --epochs and --fraction contradict each other"
                "train --out a --resume --epochs 5",
                "train: --epochs is for a new run; one that goes on keeps its length, and --iterations N makes it longer"
                "train --out a --data b --preset c --hours 0", "train: --hours is 0, expected a number of more than 0"
                "train --out a --data b --preset c --fraction 1.5",
                "train: --fraction is 1.5, expected a number of more than 0 and at most 1"
                "train --out a --data b --preset c --epochs 2,5",
                "train: --epochs is 2,5, expected a number of more than 0"
                "train --out a --resume --iteratons 5",
                "train: unrecognized argument: '--iteratons'; did you mean --iterations?"
                "train --out a --resume --iterations many",
                "train: parameter '--iterations' must be followed by <N>, a whole number, but was 'many'"
                "experiment --out a", "experiment: name the plan, a JSON file, or compare, which is in the program"
                "experiment compare --out a --hours 1", "experiment: compare names no data; --data PATH is missing"
                "experiment p.json --out a --hours 0", "experiment: --hours is 0, expected a number of more than 0"
                "experiment p.json --out a --hours soon",
                "experiment: --hours is soon, expected a number of more than 0"
                "experiment p.json --out a --hours 1 --seeds 1",
                "experiment: --seeds and --hours contradict each other: the time decides how many seeds there are"
                "eval", "eval: give --checkpoint FILE and --data PATH, or --annotations JSON and --results JSON"
                "eval --data a", "eval: --data PATH needs --checkpoint FILE"
                "eval --annotations a", "eval: --annotations JSON needs --results JSON"
                "eval --results a", "eval: --results JSON needs --annotations JSON"
                "eval --annotations a --results b --split val",
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
                "eval --annotations a --results b --json c --csv c", "eval: --json and --csv name the same file"
                "predict --checkpoint a --out b", "predict: name at least one image, folder or pattern"
                "predict --checkpoint a --out b c.jpg --format yolo,coc",
                "predict: --format has 'coc', expected one or several of coco, yolo, voc, csv, crops, with commas between them"
                "predict --checkpoint a --out b c.jpg --format yolo --annotations d.json",
                "predict: --annotations JSON needs --format coco, whose ids it gives"
                "predict --checkpoint a --out b c.jpg --tiles 20",
                "predict: --tiles is 20, expected SIZE or SIZE,OVERLAP in pixels: a size of at least 32 and an overlap of 0 to half of it"
                "eval --checkpoint a --tiles 640,321",
                "eval: --tiles is 640,321, expected SIZE or SIZE,OVERLAP in pixels: a size of at least 32 and an overlap of 0 to half of it"
                "eval --annotations a --results b --tiles 640",
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
                "convert a.pth", "convert: expected two files, the input and the output, got 1"
                "convert a.pth b.onnx",
                "convert: b.onnx: the output's extension says its format, expected .safetensors or .pth"
                "convert a.pth b.pth --names detectron",
                "convert: --names is detectron, expected one of ours, official, mmdet, mmdet1, detectron2, torchvision"
                "export a.pth", "export: expected two files, the detector and the output, got 1"
                "export a.pth b.pth", "export: b.pth: expected a name that ends in .onnx"
                "export a.pth b.onnx --input bytes", "export: --input is bytes, expected picture or float"
                "export a.pth b.onnx --raw --check c",
                "export: --check compares what is found in pictures, so neither --raw nor --input float goes with it"
                "eval --annotations a --results b --classes c",
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
                "replay a --svg b.svg",
                "replay: --svg is no option any more; --report FILE.html draws the curves on the report's page"
                "report --out a", "report: name the folder of a run"
                "watch", "watch: name the folder of a run"
                "watch a --port 70000", "watch: --port is 70000, expected 0 to 65535"
                "watch a --port many",
                "watch: parameter '--port' must be followed by <N>, a whole number, but was 'many'"
                "data", "data: say what to do with data: convert, split, review, draw"
                "data convert --data a --to coco", "data: missing argument '--out'"
                "data convert --to coco --out b", "data convert: --data PATH is missing"
                "data convert --data a --to csv --out b", "data convert: --to is csv, expected one of coco, voc, yolo"
                "data split --data a --out b --shares 0.8,0.1",
                "data split: --shares is 0.8,0.1, expected two or three numbers above 0 that add up to 1, such as 0.8,0.1,0.1"
                "data split --data a --out b --shares 0.8,x",
                "data split: --shares is 0.8,x, expected two or three numbers above 0 that add up to 1, such as 0.8,0.1,0.1"
                "data review --out o", "data review: name the folder of a run"
                "data review a --out o --pictures 0", "data review: --pictures 0 is too few; expected at least 1"
                "config", "config: name a preset or give --config FILE (drcnn presets lists the presets)"
                "doctor --bogus", "doctor: unrecognized argument: '--bogus'"
            ]
            (fun (line, expected) -> equal expected (message line))

        test "an empty argument is refused" {
            equal
                "an argument is empty; is a variable of the shell not set?"
                (single (CommandParser.parse [| "train"; "--out"; ""; "--resume" |]).Problems)
        }

        testProperty "no command line throws" (fun (words: char list list) ->
            CommandParser.parse (words |> List.map String.Concat |> Array.ofList) |> ignore)

        testTheory
            "help is there at each level"
            [
                "--help", "SUBCOMMANDS"
                "-h", "EXIT CODES"
                "train --help", "--weights"
                "eval --help", "--annotations"
                "predict -h", "--score-threshold"
                "data --help", "convert"
                "data split --help", "--shares"
                "presets --help", "USAGE: drcnn presets"
            ]
            (fun (line, expected) ->
                match command line with
                | Command.Help help -> containsText expected help.Text
                | other -> failtest $"{other}")

        test "exit codes are distinct and the help names each" {
            equal [ 0; 1; 2; 3; 4; 5; 130 ] (ExitCode.meanings |> List.map fst)

            match command "--help" with
            | Command.Help help ->
                for _, meaning in ExitCode.meanings do
                    containsText meaning help.Text
            | other -> failtest $"{other}"
        }
    ]
