namespace DynamicRcnn.Core

open System
open Argu

/// The command line: arguments to a `Command`, or one sentence about what is wrong.
[<RequireQualifiedAccess>]
module Cli =

    let private programName = "drcnn"

    /// Curves of one replay that can still be told apart.
    let private mostCurves = 12

    /// Without Argu's check of its own schema, which the tests run once instead: it costs start-up time.
    let internal parser (checkStructure: bool) : ArgumentParser<Argument> =
        ArgumentParser.Create<Argument>(
            programName = programName,
            errorHandler = ExceptionExiter(),
            checkStructure = checkStructure
        )

    let private fail (message: string) : Result<'T, CliError> = Error { Message = message }

    let private orNull (value: string option) : string | null =
        match value with
        | Some value -> value
        | None -> null

    let private ofTrain (threads: Nullable<int>) (given: ParseResults<TrainArgument>) : Result<Command, CliError> =
        let options: TrainOptions = {
            Data = given.TryGetResult TrainArgument.Data |> orNull
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
        elif isNull options.Data then
            fail "train: --data PATH is missing (only --resume goes without)"
        elif not hasPreset then
            fail $"train: --preset NAME or --config FILE is missing ({programName} presets lists the presets)"
        else
            Ok(Command.Train options)

    let private ofEval (threads: Nullable<int>) (given: ParseResults<EvalArgument>) : Result<Command, CliError> =
        let checkpoint = given.TryGetResult EvalArgument.Checkpoint
        let data = given.TryGetResult EvalArgument.Data
        let annotations = given.TryGetResult EvalArgument.Annotations
        let results = given.TryGetResult EvalArgument.Results

        let files: EvaluationFiles = {
            Json = given.TryGetResult EvalArgument.Json |> orNull
            Csv = given.TryGetResult EvalArgument.Csv |> orNull
        }

        let runsDetector =
            checkpoint.IsSome
            || data.IsSome
            || given.Contains EvalArgument.Split
            || given.Contains EvalArgument.Preset
            || given.Contains EvalArgument.Config
            || given.Contains EvalArgument.Classes
            || given.Contains EvalArgument.Device
            || given.Contains EvalArgument.Set

        match checkpoint, data, annotations, results with
        | _ when not (isNull files.Json) && files.Json = files.Csv -> fail "eval: --json and --csv name the same file"
        | Some checkpoint, Some data, None, None ->
            Command.EvalCheckpoint {
                Checkpoint = checkpoint
                Data = data
                Split = given.GetResult(EvalArgument.Split, "val")
                Files = files
                Preset = given.TryGetResult EvalArgument.Preset |> orNull
                ConfigFiles = given.GetResults EvalArgument.Config |> Array.ofList
                Classes = given.TryGetResult EvalArgument.Classes |> orNull
                Sets = given.GetResults EvalArgument.Set |> Array.ofList
                Device = given.TryGetResult EvalArgument.Device |> orNull
                Threads = threads
            }
            |> Ok
        | None, None, Some annotations, Some results when not runsDetector ->
            Command.EvalResults {
                Annotations = annotations
                Results = results
                Files = files
            }
            |> Ok
        | _, _, None, None when checkpoint.IsNone && data.IsNone ->
            fail "eval: give --checkpoint FILE and --data PATH, or --annotations JSON and --results JSON"
        | _, None, None, None -> fail "eval: --checkpoint FILE needs --data PATH"
        | None, _, None, None -> fail "eval: --data PATH needs --checkpoint FILE"
        | _ when runsDetector ->
            fail
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
        | _, _, Some _, None -> fail "eval: --annotations JSON needs --results JSON"
        | _ -> fail "eval: --results JSON needs --annotations JSON"

    let private ofPredict (threads: Nullable<int>) (given: ParseResults<PredictArgument>) : Result<Command, CliError> =
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

    let private ofConvert (given: ParseResults<ConvertArgument>) : Result<Command, CliError> =
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

    /// Pictures of a split on a page that every browser opens at once.
    let private defaultBrowseImages = 300

    let private ofInspect (given: ParseResults<InspectArgument>) : Result<Command, CliError> =
        let browse = given.TryGetResult InspectArgument.Browse
        let images = given.TryGetResult InspectArgument.Browse_Images

        match browse, images with
        | Some file, _ when not (file.EndsWith(".html", StringComparison.OrdinalIgnoreCase)) ->
            fail $"inspect: --browse {file} is not the name of a page; expected one that ends in .html"
        | None, Some _ -> fail "inspect: --browse-images N needs --browse FILE"
        | _, Some count when count < 1 -> fail $"inspect: --browse-images {count} is too few; expected at least 1"
        | _ ->
            Command.Inspect {
                Data = given.GetResult InspectArgument.Data
                Split = given.TryGetResult InspectArgument.Split |> orNull
                Preset = given.TryGetResult InspectArgument.Preset |> orNull
                ConfigFiles = given.GetResults InspectArgument.Config |> Array.ofList
                Sets = given.GetResults InspectArgument.Set |> Array.ofList
                Browse = orNull browse
                BrowseImages = defaultArg images defaultBrowseImages
                Suggest = given.Contains InspectArgument.Suggest
            }
            |> Ok

    let private ofReplay (given: ParseResults<ReplayArgument>) : Result<Command, CliError> =
        let values (argument: Quotations.Expr<string -> ReplayArgument>) : string[] =
            match given.TryGetResult argument with
            | Some list -> list.Split(',', StringSplitOptions.TrimEntries)
            | None -> [||]

        let sets = given.GetResults ReplayArgument.Set

        match given.TryGetResult ReplayArgument.Run with
        | None -> fail "replay: name the folder of a run"
        | Some run ->
            match
                sets
                |> List.tryFind (fun set -> not (set.StartsWith("dynamic.", StringComparison.Ordinal)))
            with
            | Some set -> fail $"replay: --set {set}: expected a field of the schedule (dynamic.)"
            | None ->
                let options: ReplayOptions = {
                    Run = run
                    TopIoUCounts = values <@ ReplayArgument.Top_IoU_Count @>
                    LowErrorCounts = values <@ ReplayArgument.Low_Error_Count @>
                    UpdateIntervals = values <@ ReplayArgument.Update_Interval @>
                    Rules = values <@ ReplayArgument.Rule @>
                    Sets = Array.ofList sets
                    Json = given.TryGetResult ReplayArgument.Json |> orNull
                    Csv = given.TryGetResult ReplayArgument.Csv |> orNull
                    Svg = given.TryGetResult ReplayArgument.Svg |> orNull
                }

                if options.Variants.Length > mostCurves then
                    fail
                        $"replay: {options.Variants.Length} combinations of values, expected at most {mostCurves}; try fewer values at once"
                else
                    Ok(Command.Replay options)

    let private ofReport (given: ParseResults<ReportArgument>) : Result<Command, CliError> =
        match given.GetResults ReportArgument.Runs |> List.concat with
        | [] -> fail "report: name the folder of a run"
        | runs ->
            Command.Report {
                Runs = Array.ofList runs
                Out = given.TryGetResult ReportArgument.Out |> orNull
            }
            |> Ok

    let private defaultPort = 8642
    let private largestPort = 65535

    let private ofWatch (given: ParseResults<WatchArgument>) : Result<Command, CliError> =
        match given.GetResults WatchArgument.Runs |> List.concat, given.GetResult(WatchArgument.Port, defaultPort) with
        | [], _ -> fail "watch: name the folder of a run"
        | _, port when port < 0 || port > largestPort -> fail $"watch: --port is {port}, expected 0 to {largestPort}"
        | runs, port ->
            Command.Watch {
                Runs = Array.ofList runs
                Port = port
            }
            |> Ok

    /// Timed steps where no number is given.
    let private defaultSteps = 5

    let private ofBench (threads: Nullable<int>) (given: ParseResults<BenchArgument>) : Result<Command, CliError> =
        let steps = given.TryGetResult BenchArgument.Steps
        let serve = given.Contains BenchArgument.Serve

        let mode =
            match given.GetResult(BenchArgument.Mode, "train") with
            | "train" -> Ok BenchMode.Train
            | "infer" -> Ok BenchMode.Infer
            | other -> fail $"bench: --mode is {other}, expected train or infer"

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

    let private ofDemo (threads: Nullable<int>) (given: ParseResults<DemoArgument>) : Command =
        Command.Demo {
            Out = given.TryGetResult DemoArgument.Out |> orNull
            Iterations = given.TryGetResult DemoArgument.Iterations |> Option.toNullable
            Threads = threads
        }

    let private ofExperiment
        (threads: Nullable<int>)
        (given: ParseResults<ExperimentArgument>)
        : Result<Command, CliError> =
        let list (argument: Quotations.Expr<string -> ExperimentArgument>) : string[] =
            match given.TryGetResult argument with
            | Some values -> values.Split(',', StringSplitOptions.TrimEntries)
            | None -> [||]

        match given.TryGetResult ExperimentArgument.Plan with
        | None -> fail "experiment: name the plan, a JSON file"
        | Some plan ->
            Command.Experiment {
                Plan = plan
                Data = given.TryGetResult ExperimentArgument.Data |> orNull
                Out = given.GetResult ExperimentArgument.Out
                Arms = list <@ ExperimentArgument.Arms @>
                Seeds = list <@ ExperimentArgument.Seeds @>
                Device = given.TryGetResult ExperimentArgument.Device |> orNull
                Threads = threads
                Weights = given.TryGetResult ExperimentArgument.Weights |> orNull
                Quiet = given.Contains ExperimentArgument.Quiet
            }
            |> Ok

    let private ofConfig (given: ParseResults<ConfigArgument>) : Result<Command, CliError> =
        let options: ConfigOptions = {
            Preset = given.TryGetResult ConfigArgument.Preset |> orNull
            ConfigFiles = given.GetResults ConfigArgument.Config |> Array.ofList
            Sets = given.GetResults ConfigArgument.Set |> Array.ofList
        }

        if isNull options.Preset && options.ConfigFiles.Length = 0 then
            fail $"config: name a preset or give --config FILE ({programName} presets lists the presets)"
        else
            Ok(Command.Config options)

    let private exitCodes: string =
        ExitCode.meanings
        |> List.map (fun (code, meaning) -> $"    %-5d{code} {meaning}")
        |> List.append [ ""; "EXIT CODES:"; "" ]
        |> String.concat "\n"

    let private help (text: string) : Command =
        Command.Help { Text = text.TrimEnd() + "\n" }

    let private ofResults (results: ParseResults<Argument>) : Result<Command, CliError> =
        let threads = results.TryGetResult Argument.Threads |> Option.toNullable

        if results.Contains Argument.Version then
            Ok Command.Version
        else
            match results.TryGetSubCommand() with
            | Some(Argument.Train given) -> ofTrain threads given
            | Some(Argument.Eval given) -> ofEval threads given
            | Some(Argument.Predict given) -> ofPredict threads given
            | Some(Argument.Convert given) -> ofConvert given
            | Some(Argument.Inspect given) -> ofInspect given
            | Some(Argument.Replay given) -> ofReplay given
            | Some(Argument.Experiment given) -> ofExperiment threads given
            | Some(Argument.Report given) -> ofReport given
            | Some(Argument.Watch given) -> ofWatch given
            | Some(Argument.Doctor _) -> Command.Doctor { Threads = threads } |> Ok
            | Some(Argument.Bench given) -> ofBench threads given
            | Some(Argument.Demo given) -> ofDemo threads given |> Ok
            | Some(Argument.Presets _) -> Ok Command.Presets
            | Some(Argument.Config given) -> ofConfig given
            | _ -> fail $"name a command; {programName} --help lists them"

    let private commands = [
        "train"
        "eval"
        "predict"
        "convert"
        "inspect"
        "replay"
        "experiment"
        "report"
        "watch"
        "doctor"
        "bench"
        "demo"
        "presets"
        "config"
    ]

    /// The first argument that is neither an option nor the value of the one option that stands before a command.
    let rec private commandOf (arguments: string list) : string option =
        match arguments with
        | "--threads" :: _ :: rest -> commandOf rest
        | argument :: rest when argument.StartsWith '-' -> commandOf rest
        | argument :: _ -> Some argument
        | [] -> None

    let private suggestion (candidates: string seq) (text: string) : string =
        match Suggestion.nearest candidates text with
        | Some name -> $"; did you mean {name}?"
        | None -> ""

    /// Argu's first line without its frame, and the nearest option when one is misspelt.
    let private sentence (error: ArguParseException) : string =
        let line = (error.Message.Split '\n')[0]
        let text = line.Replace("ERROR:", "").Trim().TrimEnd('.')

        match text.Split '\'' with
        | [| _; option; _ |] when text.Contains "unrecognized" ->
            let options =
                error.Message.Split([| ' '; '\n'; '['; ']'; '|' |])
                |> Array.filter (fun word -> word.StartsWith("--", StringComparison.Ordinal))

            text + suggestion options option
        | _ -> text.Replace("by <N>", "by <N>, a whole number").Replace("by <X>", "by <X>, a number")

    /// The command that the arguments ask for. Help is a command too.
    let parse (arguments: string[]) : Result<Command, CliError> =
        match commandOf (List.ofArray arguments) with
        | _ when Array.contains "" arguments -> fail "an argument is empty; is a variable of the shell not set?"
        | Some name when not (List.contains name commands) ->
            let names = String.concat ", " commands
            fail $"no such command: {name}, expected one of {names}{suggestion commands name}"
        | command ->
            let prefix =
                command |> Option.map (fun name -> $"{name}: ") |> Option.defaultValue ""

            try
                (parser false).ParseCommandLine(arguments) |> ofResults
            with :? ArguParseException as error ->
                match error.ErrorCode, command with
                | ErrorCode.HelpText, None -> Ok(help (error.Message.TrimEnd() + "\n" + exitCodes))
                | ErrorCode.HelpText, Some _ -> Ok(help error.Message)
                | _ -> fail (prefix + sentence error)

/// The command line for C# callers.
[<AbstractClass; Sealed>]
type CommandLine =

    /// The command that the arguments ask for, or one sentence about what is wrong with them.
    static member Parse(arguments: string[]) : Parsed<Command> =
        Cli.parse arguments
        |> Result.mapError (fun error -> [| error.Message |])
        |> Parsed
