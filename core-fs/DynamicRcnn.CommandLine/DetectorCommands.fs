namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open Argu
open GivenOptions

/// The arguments of the commands that train a detector or run one.
[<RequireQualifiedAccess>]
module internal DetectorCommands =

    let ofTrain (threads: Nullable<int>) (given: ParseResults<TrainArgument>) : Result<Command, CliError> =
        let options: TrainOptions = {
            Data = {
                Path = given.TryGetResult TrainArgument.Data |> orNull
                Train = given.TryGetResult TrainArgument.Train |> orNull
                Val = given.TryGetResult TrainArgument.Val |> orNull
                Test = given.TryGetResult TrainArgument.Test |> orNull
                HoldOut = given.TryGetResult TrainArgument.Hold_Out |> orNull
            }
            Preset = given.TryGetResult TrainArgument.Preset |> orNull
            Out = given.GetResult TrainArgument.Out
            ConfigFiles = given.GetResults TrainArgument.Config |> Array.ofList
            Sets = given.GetResults TrainArgument.Set |> Array.ofList
            Iterations = given.TryGetResult TrainArgument.Iterations |> Option.toNullable
            Seed = given.TryGetResult TrainArgument.Seed |> Option.toNullable
            Device = given.TryGetResult TrainArgument.Device |> orNull
            Threads = threads
            Weights = given.TryGetResult TrainArgument.Weights |> orNull
            Processes = given.TryGetResult TrainArgument.Processes |> Option.toNullable
            Resume = given.Contains TrainArgument.Resume
            Strict = given.Contains TrainArgument.Strict
            Quiet = given.Contains TrainArgument.Quiet
            Verbose = given.Contains TrainArgument.Verbose
        }

        let hasPreset = not (isNull options.Preset) || options.ConfigFiles.Length > 0

        if options.Quiet && options.Verbose then
            fail "train: --quiet and --verbose contradict each other"
        elif options.Processes.HasValue && options.Processes.Value < 1 then
            fail $"train: --processes {options.Processes.Value} is too few; expected at least 1"
        elif options.Resume then
            Ok(Command.Train options)
        elif isNull options.Data.Path && isNull options.Data.Train then
            fail "train: --data PATH is missing (only --resume goes without, and --train PATH)"
        elif not hasPreset then
            fail $"train: --preset NAME or --config FILE is missing ({programName} presets lists the presets)"
        else
            Ok(Command.Train options)

    let ofEval (threads: Nullable<int>) (given: ParseResults<EvalArgument>) : Result<Command, CliError> =
        let checkpoint = given.TryGetResult EvalArgument.Checkpoint

        let data = {
            Path = given.TryGetResult EvalArgument.Data |> orNull
            Train = given.TryGetResult EvalArgument.Train |> orNull
            Val = given.TryGetResult EvalArgument.Val |> orNull
            Test = given.TryGetResult EvalArgument.Test |> orNull
            HoldOut = given.TryGetResult EvalArgument.Hold_Out |> orNull
        }

        let annotations = given.TryGetResult EvalArgument.Annotations
        let results = given.TryGetResult EvalArgument.Results

        let files: EvaluationFiles = {
            Json = given.TryGetResult EvalArgument.Json |> orNull
            Csv = given.TryGetResult EvalArgument.Csv |> orNull
        }

        let runsDetector =
            checkpoint.IsSome
            || data.IsGiven
            || given.Contains EvalArgument.Split
            || given.Contains EvalArgument.Preset
            || given.Contains EvalArgument.Config
            || given.Contains EvalArgument.Classes
            || given.Contains EvalArgument.Device
            || given.Contains EvalArgument.Set

        match checkpoint, annotations, results with
        | _ when not (isNull files.Json) && files.Json = files.Csv -> fail "eval: --json and --csv name the same file"
        | Some checkpoint, None, None ->
            Command.EvalCheckpoint {
                Checkpoint = checkpoint
                Data = data
                Split = given.TryGetResult EvalArgument.Split |> orNull
                Files = files
                Preset = given.TryGetResult EvalArgument.Preset |> orNull
                ConfigFiles = given.GetResults EvalArgument.Config |> Array.ofList
                Classes = given.TryGetResult EvalArgument.Classes |> orNull
                Sets = given.GetResults EvalArgument.Set |> Array.ofList
                Device = given.TryGetResult EvalArgument.Device |> orNull
                Threads = threads
            }
            |> Ok
        | None, Some annotations, Some results when not runsDetector ->
            Command.EvalResults {
                Annotations = annotations
                Results = results
                Files = files
            }
            |> Ok
        | None, None, None when data.IsGiven -> fail "eval: --data PATH needs --checkpoint FILE"
        | None, None, None ->
            fail "eval: give --checkpoint FILE and --data PATH, or --annotations JSON and --results JSON"
        | _ when runsDetector ->
            fail
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
        | _, Some _, None -> fail "eval: --annotations JSON needs --results JSON"
        | _ -> fail "eval: --results JSON needs --annotations JSON"

    let ofPredict (threads: Nullable<int>) (given: ParseResults<PredictArgument>) : Result<Command, CliError> =
        // Images may stand before, between and after the options: each group is a result of its own.
        match given.GetResults PredictArgument.Images |> List.concat with
        | [] -> fail "predict: name at least one image, folder or pattern"
        | images ->
            Command.Predict {
                Checkpoint = given.GetResult PredictArgument.Checkpoint
                Out = given.GetResult PredictArgument.Out
                Images = Array.ofList images
                ScoreThreshold = given.TryGetResult PredictArgument.Score_Threshold |> Option.toNullable
                Preset = given.TryGetResult PredictArgument.Preset |> orNull
                ConfigFiles = given.GetResults PredictArgument.Config |> Array.ofList
                Classes = given.TryGetResult PredictArgument.Classes |> orNull
                Sets = given.GetResults PredictArgument.Set |> Array.ofList
                Device = given.TryGetResult PredictArgument.Device |> orNull
                Threads = threads
            }
            |> Ok

    let private weightNames = [
        "ours", WeightNames.Ours
        "official", WeightNames.Official
        "mmdet", WeightNames.MMDetection
        "mmdet1", WeightNames.MMDetection1
        "torchvision", WeightNames.Torchvision
    ]

    let private formats = [ ".safetensors"; ".pth" ]

    let ofConvert (given: ParseResults<ConvertArgument>) : Result<Command, CliError> =
        let names = given.GetResult(ConvertArgument.Names, "ours")

        let hasFormat (file: string) =
            formats
            |> List.exists (fun ending -> file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

        match given.GetResults ConvertArgument.Files |> List.concat, List.tryFind (fst >> (=) names) weightNames with
        | _, None ->
            let known = weightNames |> List.map fst |> String.concat ", "
            fail $"convert: --names is {names}, expected one of {known}"
        | [ _; output ], _ when not (hasFormat output) ->
            let known = String.concat " or " formats
            fail $"convert: {output}: the output's extension says its format, expected {known}"
        | [ input; output ], Some(_, names) ->
            Command.Convert {
                Input = input
                Output = output
                Names = names
                Preset = given.TryGetResult ConvertArgument.Preset |> orNull
                ConfigFiles = given.GetResults ConvertArgument.Config |> Array.ofList
                Classes = given.TryGetResult ConvertArgument.Classes |> orNull
                Sets = given.GetResults ConvertArgument.Set |> Array.ofList
            }
            |> Ok
        | files, _ -> fail $"convert: expected two files, the input and the output, got {files.Length}"

    /// Timed steps where no number is given.
    let private defaultSteps = 5

    let ofBench (threads: Nullable<int>) (given: ParseResults<BenchArgument>) : Result<Command, CliError> =
        let steps = given.TryGetResult BenchArgument.Steps
        let serve = given.Contains BenchArgument.Serve

        let mode =
            match given.GetResult(BenchArgument.Mode, "train") with
            | "train" -> Ok BenchMode.Train
            | "infer" -> Ok BenchMode.Infer
            | "assign" -> Ok BenchMode.Assign
            | other -> fail $"bench: --mode is {other}, expected train, infer or assign"

        let options (mode: BenchMode) : BenchOptions = {
            Data = given.GetResult BenchArgument.Data
            Split = given.GetResult(BenchArgument.Split, "train")
            Preset = given.TryGetResult BenchArgument.Preset |> orNull
            ConfigFiles = given.GetResults BenchArgument.Config |> Array.ofList
            Sets = given.GetResults BenchArgument.Set |> Array.ofList
            Mode = mode
            ShortSide = given.TryGetResult BenchArgument.Short_Side |> Option.toNullable
            BatchSize = given.TryGetResult BenchArgument.Batch |> Option.toNullable
            Weights = given.TryGetResult BenchArgument.Weights |> orNull
            Threads = threads
            Serve = serve
            TimedSteps = defaultArg steps defaultSteps
        }

        match steps with
        | Some _ when serve ->
            fail "bench: --steps and --serve contradict each other: with --serve the input says how many"
        | Some count when count < 1 -> fail $"bench: --steps is {count}, expected at least 1"
        | _ when not (given.Contains BenchArgument.Preset || given.Contains BenchArgument.Config) ->
            fail $"bench: --preset NAME or --config FILE is missing ({programName} presets lists the presets)"
        | _ -> mode |> Result.map (options >> Command.Bench)

    let ofDemo (threads: Nullable<int>) (given: ParseResults<DemoArgument>) : Command =
        Command.Demo {
            Out = given.TryGetResult DemoArgument.Out |> orNull
            Iterations = given.TryGetResult DemoArgument.Iterations |> Option.toNullable
            Threads = threads
        }

    let ofExperiment (threads: Nullable<int>) (given: ParseResults<ExperimentArgument>) : Result<Command, CliError> =
        match given.TryGetResult ExperimentArgument.Plan with
        | None -> fail "experiment: name the plan, a JSON file"
        | Some plan ->
            Command.Experiment {
                Plan = plan
                Data = given.TryGetResult ExperimentArgument.Data |> orNull
                Out = given.GetResult ExperimentArgument.Out
                Arms = given.TryGetResult ExperimentArgument.Arms |> items
                Seeds = given.TryGetResult ExperimentArgument.Seeds |> items
                Device = given.TryGetResult ExperimentArgument.Device |> orNull
                Threads = threads
                Weights = given.TryGetResult ExperimentArgument.Weights |> orNull
                Quiet = given.Contains ExperimentArgument.Quiet
            }
            |> Ok
