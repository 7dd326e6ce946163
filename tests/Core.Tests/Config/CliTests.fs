module DynamicRcnn.Core.Tests.Config.CliTests

open System
open DynamicRcnn.Core
open DynamicRcnn.CommandLine
open DynamicRcnn.Core.Tests
open Xunit

/// Words of a command line, separated by spaces.
let private parse (line: string) : Result<Command, CliError> =
    Cli.parse (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))

let private command (line: string) : Command =
    match parse line with
    | Ok command -> command
    | Error error ->
        Assert.Fail $"{line}: {error.Message}"
        Command.Version

let private message (line: string) : string =
    match parse line with
    | Ok command ->
        Assert.Fail $"{line}: {command}"
        ""
    | Error error -> error.Message

let private noData: DataOptions = {
    Path = null
    Train = null
    Val = null
    Test = null
    HoldOut = null
}

let private cells: DataOptions = { noData with Path = "cells" }

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

[<Fact>]
let ``Argu finds nothing wrong with the options' structure`` () = Assert.NotNull(Cli.parser true)

[<Fact>]
let ``train takes every option`` () =
    let line =
        "train --data cells --train a --val b.json --test c --hold-out 20% --preset r50-fpn --out runs/a --config a.json --config b.json --iterations 50 --seed -3 --device cuda:1 "
        + "--threads 2 --weights w.pth --processes 3 --set solver.momentum=0.8 --set data.shortSides=1,2 --resume --strict --verbose"

    Assert.Equal(
        Command.Train {
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
        },
        command line
    )

[<Fact>]
let ``resuming needs the run alone`` () =
    Assert.Equal(Command.Train { plainTrain with Resume = true }, command "train --out runs/a --resume")

[<Fact>]
let ``a configuration file stands for the preset`` () =
    Assert.Equal(
        Command.Train {
            plainTrain with
                Data = cells
                ConfigFiles = [| "a.json" |]
                Quiet = true
        },
        command "train --data cells --config a.json --out runs/a --quiet"
    )

[<Fact>]
let ``eval runs a detector or scores a file`` () =
    Assert.Equal(
        Command.EvalCheckpoint {
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
        },
        command "eval --checkpoint best.safetensors --data cells"
    )

    Assert.Equal(
        Command.EvalCheckpoint {
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
        },
        command
            "eval --checkpoint best.safetensors --data cells --split test --json out.json --csv out.csv --preset mmdet-r50-1x --config a.json --classes RBC,WBC --set model.roiHead.nmsIoU=0.4 --device cuda --threads 4"
    )

    Assert.Equal(
        Command.EvalResults {
            Annotations = "gt.json"
            Results = "dt.json"
            Files = { Json = "out.json"; Csv = null }
        },
        command "eval --annotations gt.json --results dt.json --json out.json"
    )

[<Theory>]
[<InlineData("predict --checkpoint c --out d a.jpg photos b*.png")>]
[<InlineData("predict a.jpg --checkpoint c photos b*.png --out d")>]
let ``predict takes images wherever they stand`` (line: string) =
    Assert.Equal(
        Command.Predict {
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
        },
        command line
    )

[<Fact>]
let ``convert takes an input, an output and whose names it has`` () =
    let plain: ConvertOptions = {
        Input = "in.pth"
        Output = "out.safetensors"
        Names = WeightNames.Ours
        Preset = null
        ConfigFiles = [||]
        Classes = null
        Sets = [||]
    }

    Assert.Equal(Command.Convert plain, command "convert in.pth out.safetensors")

    Assert.Equal(
        Command.Convert {
            plain with
                Output = "out.PTH"
                Names = WeightNames.MMDetection1
                Preset = "r50-fpn"
                ConfigFiles = [| "a.json" |]
                Classes = "names.txt"
                Sets = [| "run.seed=2" |]
        },
        command
            "convert --names mmdet1 in.pth --preset r50-fpn --config a.json --classes names.txt --set run.seed=2 out.PTH"
    )

[<Fact>]
let ``the other commands take what they need`` () =
    Assert.Equal(
        Command.Inspect {
            Data = cells
            Split = "val"
            Preset = "r50-fpn"
            ConfigFiles = [||]
            Sets = [| "dynamic.rule=official" |]
            Browse = null
            BrowseImages = 300
            Json = null
            Suggest = true
        },
        command "inspect --data cells --split val --preset r50-fpn --set dynamic.rule=official --suggest"
    )

    Assert.Equal(
        Command.Inspect {
            Data = cells
            Split = null
            Preset = null
            ConfigFiles = [||]
            Sets = [||]
            Browse = "sheet.HTML"
            BrowseImages = 12
            Json = "counts.json"
            Suggest = false
        },
        command "inspect --data cells --browse sheet.HTML --browse-images 12 --json counts.json"
    )

    Assert.Equal(
        Command.Demo {
            Out = "d"
            Iterations = Nullable 30
            Threads = Nullable()
        },
        command "demo --out d --iterations 30"
    )

    Assert.Equal(
        Command.Config {
            Preset = "r50-fpn"
            ConfigFiles = [| "a.json" |]
            Sets = [| "run.seed=2" |]
        },
        command "config r50-fpn --config a.json --set run.seed=2"
    )

    Assert.Equal(
        Command.Report {
            Runs = [| "runs/a"; "runs/b" |]
            Out = "both.html"
        },
        command "report runs/a --out both.html runs/b"
    )

    Assert.Equal(Command.Report { Runs = [| "runs/a" |]; Out = null }, command "report runs/a")

    Assert.Equal(Command.Watch { Runs = [| "runs/a" |]; Port = 8642 }, command "watch runs/a")

    Assert.Equal(Command.Watch { Runs = [| "runs/a"; "b" |]; Port = 0 }, command "watch --port 0 runs/a b")

    Assert.Equal(Command.Presets, command "presets")
    Assert.Equal(Command.Version, command "--version")

[<Theory>]
[<InlineData("--threads 3 doctor")>]
[<InlineData("doctor --threads 3")>]
let ``threads stand before or after the command`` (line: string) =
    Assert.Equal(Command.Doctor { Threads = Nullable 3 }, command line)

[<Theory>]
[<InlineData("--help", "SUBCOMMANDS")>]
[<InlineData("-h", "EXIT CODES")>]
[<InlineData("train --help", "--weights")>]
[<InlineData("eval --help", "--annotations")>]
[<InlineData("predict -h", "--score-threshold")>]
[<InlineData("presets --help", "USAGE: drcnn presets")>]
let ``help is there at each level`` (line: string, expected: string) =
    match command line with
    | Command.Help help -> Assert.Contains(expected, help.Text)
    | other -> Assert.Fail $"{other}"

[<Theory>]
[<InlineData("trian --out a",
             "no such command: trian, expected one of train, eval, predict, convert, inspect, replay, experiment, report, watch, doctor, bench, demo, presets, config; did you mean train?")>]
[<InlineData("", "name a command; drcnn --help lists them")>]
[<InlineData("train --out a", "train: --data PATH is missing (only --resume goes without, and --train PATH)")>]
[<InlineData("train --out a --data b",
             "train: --preset NAME or --config FILE is missing (drcnn presets lists the presets)")>]
[<InlineData("train --data b --preset c", "train: missing argument '--out'")>]
[<InlineData("train --out a --out b --resume", "train: argument '--out' has been specified more than once")>]
[<InlineData("train --out a --resume --quiet --verbose", "train: --quiet and --verbose contradict each other")>]
[<InlineData("train --out a --resume --iteratons 5",
             "train: unrecognized argument: '--iteratons'; did you mean --iterations?")>]
[<InlineData("train --out a --resume --iterations many",
             "train: parameter '--iterations' must be followed by <N>, a whole number, but was 'many'")>]
[<InlineData("eval", "eval: give --checkpoint FILE and --data PATH, or --annotations JSON and --results JSON")>]
[<InlineData("eval --data a", "eval: --data PATH needs --checkpoint FILE")>]
[<InlineData("eval --annotations a", "eval: --annotations JSON needs --results JSON")>]
[<InlineData("eval --results a", "eval: --results JSON needs --annotations JSON")>]
[<InlineData("eval --annotations a --results b --split val",
             "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them")>]
[<InlineData("eval --annotations a --results b --json c --csv c", "eval: --json and --csv name the same file")>]
[<InlineData("predict --checkpoint a --out b", "predict: name at least one image, folder or pattern")>]
[<InlineData("convert a.pth", "convert: expected two files, the input and the output, got 1")>]
[<InlineData("convert a.pth b.onnx",
             "convert: b.onnx: the output's extension says its format, expected .safetensors or .pth")>]
[<InlineData("convert a.pth b.pth --names detectron",
             "convert: --names is detectron, expected one of ours, official, mmdet, mmdet1, torchvision")>]
[<InlineData("eval --annotations a --results b --classes c",
             "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them")>]
[<InlineData("report --out a", "report: name the folder of a run")>]
[<InlineData("watch", "watch: name the folder of a run")>]
[<InlineData("watch a --port 70000", "watch: --port is 70000, expected 0 to 65535")>]
[<InlineData("watch a --port many", "watch: parameter '--port' must be followed by <N>, a whole number, but was 'many'")>]
[<InlineData("config", "config: name a preset or give --config FILE (drcnn presets lists the presets)")>]
[<InlineData("doctor --bogus", "doctor: unrecognized argument: '--bogus'")>]
let ``what is wrong is one sentence`` (line: string, expected: string) = Assert.Equal(expected, message line)

[<Fact>]
let ``an empty argument is refused`` () =
    match Cli.parse [| "train"; "--out"; ""; "--resume" |] with
    | Error error -> Assert.Equal("an argument is empty; is a variable of the shell not set?", error.Message)
    | Ok command -> Assert.Fail $"{command}"

[<Fact>]
let ``no command line throws`` () =
    Property.check (fun (words: char list list) ->
        Cli.parse (words |> List.map String.Concat |> Array.ofList) |> ignore)

[<Fact>]
let ``options that give values to fields name them rightly`` () =
    let line =
        "train --data cells --preset r50-fpn --out a --iterations 90 --seed 4 --device cuda --threads 2 --weights w --strict"

    match command line with
    | Command.Train options ->
        let resolved = ConfigApi.Resolve(options.Sources [||]).Value
        let config = resolved.Config
        Assert.Equal(("cells", true), (config.Data.Path, config.Data.Strict))
        Assert.Equal((4, "cuda", 2), (config.Run.Seed, config.Run.Device, config.Run.Threads))
        Assert.Equal((90, "w"), (config.Solver.Iterations, config.Model.Backbone.Weights))

        let origins =
            resolved.Origins
            |> Array.map _.Origin
            |> Array.filter (fun origin -> origin.StartsWith "--")

        Assert.Equal<Set<string>>(
            Set [
                "--preset"
                "--data"
                "--iterations"
                "--seed"
                "--device"
                "--threads"
                "--weights"
                "--strict"
            ],
            Set origins
        )
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``a checkpoint's configuration is changed by the options of predict and eval`` () =
    let written = ConfigApi.Write(ConfigApi.Resolve("r50-c4-small").Value)

    let layer = {
        FileName = "best.safetensors"
        Text = written
    }

    match
        command "predict --checkpoint c --out d --score-threshold 0.25 --set model.roiHead.nmsIoU=0.4 a.jpg",
        command "predict --checkpoint c --out d --score-threshold 2 a.jpg"
    with
    | Command.Predict good, Command.Predict bad ->
        let config = ConfigApi.Adjust(layer, good.Sources [||]).Value.Config
        Assert.Equal((0.25, 0.4), (config.Model.RoIHead.ScoreThreshold, config.Model.RoIHead.NmsIoU))

        Assert.Equal(
            "--score-threshold: model.roiHead.scoreThreshold: got 2, expected a number, at least 0 and less than 1",
            Assert.Single(ConfigApi.Adjust(layer, bad.Sources [||]).Problems)
        )
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``the demo takes its preset, inspect takes one when none is named`` () =
    match command "demo --iterations 100", command "inspect --data cells" with
    | Command.Demo demo, Command.Inspect inspect ->
        let config = ConfigApi.Resolve(demo.Sources "drawn").Value.Config
        Assert.Equal(("tiny-demo", 100, "drawn"), (config.Preset, config.Solver.Iterations, config.Data.Path))
        Assert.Equal("r50-c4-small", ConfigApi.Resolve(inspect.Sources [||]).Value.Config.Preset)
    | other -> Assert.Fail $"{other}"

[<Fact>]
let ``replay takes lists of values and makes every combination of them`` () =
    match
        command "replay runs/a --top-iou-count 25,75 --low-error-count 5,10 --rule Official --set dynamic.floorIoU=0.5"
    with
    | Command.Replay options ->
        Assert.Equal("runs/a", options.Run)
        Assert.Equal(4, options.Variants.Length)

        Assert.Equal<string list>(
            [ "Official"; "25"; "10" ],
            options.Variants[1].Options |> Array.map _.Value |> List.ofArray
        )

        Assert.Equal<string list>([ "dynamic.floorIoU=0.5" ], List.ofArray options.Variants[3].Sets)
    | other -> Assert.Fail $"{other}"

    match command "replay runs/a" with
    | Command.Replay options -> Assert.Empty options.Variants
    | other -> Assert.Fail $"{other}"

    Assert.Contains("name the folder of a run", message "replay")
    Assert.Contains("expected a field of the schedule", message "replay runs/a --set run.seed=1")
    Assert.Contains("14 combinations", message "replay runs/a --update-interval 1,2,3,4,5,6,7,8,9,10,11,12,13,14")

[<Fact>]
let ``bench takes its sizes into the configuration and refuses what says nothing`` () =
    match
        command "bench --serve --data cells --preset bench-r50 --short-side 480 --batch 4 --weights w.pth --threads 2",
        command "bench --data cells --preset bench-r18 --mode infer --split val --short-side 640"
    with
    | Command.Bench served, Command.Bench alone ->
        let config = ConfigApi.Resolve(served.Sources [||]).Value.Config
        Assert.Equal((true, BenchMode.Train, "train"), (served.Serve, served.Mode, served.Split))
        Assert.Equal<int[]>([| 480 |], config.Data.ShortSides)
        Assert.Equal(640, ConfigApi.Resolve(alone.Sources [||]).Value.Config.Data.EvaluationShortSide)

        Assert.Equal(
            (4, "w.pth", 2, "cells"),
            (config.Data.ImagesPerStep, config.Model.Backbone.Weights, config.Run.Threads, config.Data.Path)
        )

        Assert.Equal((false, BenchMode.Infer, "val", 5), (alone.Serve, alone.Mode, alone.Split, alone.TimedSteps))
    | other -> Assert.Fail $"{other}"

    Assert.Contains(
        "--mode is both, expected train, infer or assign",
        message "bench --data d --preset bench-r18 --mode both"
    )

    Assert.Contains("--steps is 0, expected at least 1", message "bench --data d --preset bench-r18 --steps 0")
    Assert.Contains("contradict each other", message "bench --data d --preset bench-r18 --serve --steps 3")
    Assert.Contains("--preset NAME or --config FILE is missing", message "bench --data d")

[<Fact>]
let ``exit codes are distinct and the help names each`` () =
    Assert.Equal<int list>([ 0; 1; 2; 3; 4; 5; 130 ], ExitCode.meanings |> List.map fst)

    match command "--help" with
    | Command.Help help ->
        for _, meaning in ExitCode.meanings do
            Assert.Contains(meaning, help.Text)
    | other -> Assert.Fail $"{other}"
