namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open System.Globalization
open Argu
open GivenOptions

/// The arguments of the commands that train a detector or run one.
[<RequireQualifiedAccess>]
module internal DetectorCommands =

    let private isBudget (amount: float) : bool = amount > 0.0 && Double.IsFinite amount

    /// The budgets that are given, each with its option and its text.
    let private budgets (given: ParseResults<TrainArgument>) : (string * string * RunBudget) list =
        [
            "--epochs", BudgetKind.Epochs, given.TryGetResult TrainArgument.Epochs
            "--hours", BudgetKind.Hours, given.TryGetResult TrainArgument.Hours
            "--fraction", BudgetKind.Fraction, given.TryGetResult TrainArgument.Fraction
        ]
        |> List.choose (fun (option, kind, text) ->
            text
            |> Option.map (fun text ->
                option,
                text,
                {
                    Kind = kind
                    Amount = number text |> Option.defaultValue nan
                }))

    /// Why a budget cannot be taken.
    let private budgetProblem
        (resume: bool)
        (choice: ConfigChoice)
        (given: (string * string * RunBudget) list)
        : string option =
        match given with
        | [] -> None
        | (option, _, _) :: _ when resume ->
            Some
                $"train: {option} is for a new run; one that goes on keeps its length, and --iterations N makes it longer"
        | (option, _, _) :: _ when ConfigChoice.gives choice "solver.iterations" ->
            Some $"train: --iterations and {option} contradict each other"
        | (one, _, _) :: (other, _, _) :: _ -> Some $"train: {one} and {other} contradict each other"
        | [ option, text, budget ] ->
            let most =
                if budget.Kind = BudgetKind.Fraction then
                    1.0
                else
                    Double.MaxValue

            if isBudget budget.Amount && budget.Amount <= most then
                None
            else
                let bound = if most = 1.0 then " and at most 1" else ""
                Some $"train: {option} is {text}, expected a number of more than 0{bound}"

    let ofTrain (threads: int option) (given: ParseResults<TrainArgument>) : Result<Command, CliError> =
        let budgets = budgets given

        let options: TrainOptions = {
            Choice = OptionTable.choice threads given
            Budget =
                budgets
                |> List.tryHead
                |> Option.map (fun (_, _, budget) -> budget)
                |> Option.toObj
            Out = given.GetResult TrainArgument.Out
            Processes = given.TryGetResult TrainArgument.Processes |> Option.toNullable
            Resume = given.Contains TrainArgument.Resume
            Quiet = given.Contains TrainArgument.Quiet
            Verbose = given.Contains TrainArgument.Verbose
        }

        let problem = budgetProblem options.Resume options.Choice budgets

        if options.Quiet && options.Verbose then
            fail "train: --quiet and --verbose contradict each other"
        elif problem.IsSome then
            fail problem.Value
        elif options.Processes.HasValue && options.Processes.Value < 1 then
            fail $"train: --processes {options.Processes.Value} is too few; expected at least 1"
        elif options.Resume then
            Ok(Command.Train options)
        elif not (List.exists (ConfigChoice.gives options.Choice) [ "data.path"; "data.train" ]) then
            fail "train: --data PATH is missing (only --resume goes without, and --train PATH)"
        elif not options.Choice.NamesOne then
            fail $"train: --preset NAME or --config FILE is missing ({programName} presets lists the presets)"
        else
            Ok(Command.Train options)

    /// Squares of fewer pixels show a network nothing.
    let private leastTile = 32

    /// What neighbours share where it is not said.
    let private defaultShare = 5

    /// SIZE or SIZE,OVERLAP.
    let private tiles (command: string) (given: string option) : Result<Nullable<TileOptions>, CliError> =
        let number (text: string) =
            match Int32.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture) with
            | true, value -> Some value
            | _ -> None

        match given, items given |> Array.map number with
        | None, _ -> Ok(Nullable())
        | _, [| Some size |] when size >= leastTile ->
            Ok(
                Nullable {
                    Size = size
                    Overlap = size / defaultShare
                }
            )
        | _, [| Some size; Some overlap |] when size >= leastTile && overlap <= size / 2 ->
            Ok(Nullable { Size = size; Overlap = overlap })
        | Some text, _ ->
            fail
                $"{command}: --tiles is {text}, expected SIZE or SIZE,OVERLAP in pixels: a size of at least {leastTile} and an overlap of 0 to half of it"

    let ofEval (threads: int option) (given: ParseResults<EvalArgument>) : Result<Command, CliError> =
        let checkpoint = given.TryGetResult EvalArgument.Checkpoint
        let annotations = given.TryGetResult EvalArgument.Annotations
        let results = given.TryGetResult EvalArgument.Results
        let choice = OptionTable.choice None given

        let files: EvaluationFiles = {
            Json = given.TryGetResult EvalArgument.Json |> orNull
            Csv = given.TryGetResult EvalArgument.Csv |> orNull
        }

        let runsDetector =
            checkpoint.IsSome
            || choice <> ConfigChoice.none
            || given.Contains EvalArgument.Split
            || given.Contains EvalArgument.Classes
            || given.Contains EvalArgument.Tiles

        match checkpoint, annotations, results with
        | _ when not (isNull files.Json) && files.Json = files.Csv -> fail "eval: --json and --csv name the same file"
        | Some checkpoint, None, None ->
            given.TryGetResult EvalArgument.Tiles
            |> tiles "eval"
            |> Result.map (fun tiles ->
                Command.EvalCheckpoint {
                    Checkpoint = checkpoint
                    Choice = OptionTable.choice threads given |> ConfigChoice.replacingData
                    Split = given.TryGetResult EvalArgument.Split |> orNull
                    Files = files
                    Classes = given.TryGetResult EvalArgument.Classes |> orNull
                    Tiles = tiles
                })
        | None, Some annotations, Some results when not runsDetector ->
            Command.EvalResults {
                Annotations = annotations
                Results = results
                Files = files
            }
            |> Ok
        | None, None, None when choice.NamesData -> fail "eval: --data PATH needs --checkpoint FILE"
        | None, None, None ->
            fail "eval: give --checkpoint FILE and --data PATH, or --annotations JSON and --results JSON"
        | _ when runsDetector ->
            fail
                "eval: --annotations and --results score a file without a detector, so no other options but --json and --csv go with them"
        | _, Some _, None -> fail "eval: --annotations JSON needs --results JSON"
        | _ -> fail "eval: --results JSON needs --annotations JSON"

    let private predictFormats = [
        "coco", PredictFormat.Coco
        "yolo", PredictFormat.Yolo
        "voc", PredictFormat.Voc
        "csv", PredictFormat.Csv
        "crops", PredictFormat.Crops
    ]

    let private formatsOf (given: string[]) : Result<PredictFormat[], CliError> =
        match given |> Array.tryFind (fun name -> (named predictFormats name).IsNone) with
        | Some name ->
            let known = predictFormats |> List.map fst |> String.concat ", "
            fail $"predict: --format has '{name}', expected one or several of {known}, with commas between them"
        | None ->
            let formats = Array.choose (named predictFormats) given

            predictFormats
            |> List.map snd
            |> List.filter (fun format -> Array.contains format formats)
            |> Array.ofList
            |> Ok

    let ofPredict (threads: int option) (given: ParseResults<PredictArgument>) : Result<Command, CliError> =
        let annotations = given.TryGetResult PredictArgument.Annotations

        let options (images: string list) (formats: PredictFormat[]) (tiles: Nullable<TileOptions>) : PredictOptions = {
            Checkpoint = given.GetResult PredictArgument.Checkpoint
            Choice = OptionTable.choice threads given
            Out = given.GetResult PredictArgument.Out
            Images = Array.ofList images
            ScoreThreshold =
                given.TryGetResult PredictArgument.Score_Threshold
                |> Option.bind number
                |> Option.toNullable
            Classes = given.TryGetResult PredictArgument.Classes |> orNull
            Formats = formats
            Annotations = orNull annotations
            Tiles = tiles
        }

        let formats = given.TryGetResult PredictArgument.Format |> items |> formatsOf
        let tiles = given.TryGetResult PredictArgument.Tiles |> tiles "predict"

        // Images may stand before, between and after the options: each group is a result of its own.
        match given.GetResults PredictArgument.Images |> List.concat, formats, tiles with
        | [], _, _ -> fail "predict: name at least one image, folder or pattern"
        | _, Error error, _
        | _, _, Error error -> Error error
        | _, Ok formats, _ when annotations.IsSome && not (Array.contains PredictFormat.Coco formats) ->
            fail "predict: --annotations JSON needs --format coco, whose ids it gives"
        | images, Ok formats, Ok tiles -> options images formats tiles |> Command.Predict |> Ok

    /// Timed steps where no number is given.
    let private defaultSteps = 5

    let ofBench (threads: int option) (given: ParseResults<BenchArgument>) : Result<Command, CliError> =
        let steps = given.TryGetResult BenchArgument.Steps
        let serve = given.Contains BenchArgument.Serve
        let choice = OptionTable.choice threads given

        let mode =
            match given.GetResult(BenchArgument.Mode, "train") with
            | "train" -> Ok(BenchMode.Train, "data.shortSides")
            | "infer" -> Ok(BenchMode.Infer, "data.evaluationShortSide")
            | "assign" -> Ok(BenchMode.Assign, "data.shortSides")
            | other -> fail $"bench: --mode is {other}, expected train, infer or assign"

        let options (mode: BenchMode, shortSidePath: string) : BenchOptions = {
            Choice =
                choice
                |> ConfigChoice.withOption
                    "--short-side"
                    shortSidePath
                    (given.TryGetResult BenchArgument.Short_Side |> Option.map ConfigValue.Int)
            Split = given.GetResult(BenchArgument.Split, "train")
            Mode = mode
            Serve = serve
            TimedSteps = defaultArg steps defaultSteps
        }

        match steps with
        | Some _ when serve ->
            fail "bench: --steps and --serve contradict each other: with --serve the input says how many"
        | Some count when count < 1 -> fail $"bench: --steps is {count}, expected at least 1"
        | _ when not choice.NamesOne ->
            fail $"bench: --preset NAME or --config FILE is missing ({programName} presets lists the presets)"
        | _ -> mode |> Result.map (options >> Command.Bench)

    let ofDemo (threads: int option) (given: ParseResults<DemoArgument>) : Command =
        Command.Demo {
            Choice = {
                OptionTable.choice threads given with
                    Preset = Presets.tinyDemo.Name
            }
            Out = given.TryGetResult DemoArgument.Out |> orNull
        }

    let ofExperiment (threads: int option) (given: ParseResults<ExperimentArgument>) : Result<Command, CliError> =
        let choice = OptionTable.choice threads given
        let isBounded = given.Contains ExperimentArgument.Hours

        let hours =
            given.TryGetResult ExperimentArgument.Hours
            |> Option.bind number
            |> Option.defaultValue nan

        match given.TryGetResult ExperimentArgument.Plan with
        | None -> fail $"experiment: name the plan, a JSON file, or {ComparePlan.Name}, which is in the program"
        | Some ComparePlan.Name when not (List.exists (ConfigChoice.gives choice) [ "data.path"; "data.train" ]) ->
            fail $"experiment: {ComparePlan.Name} names no data; --data PATH is missing"
        | _ when isBounded && not (isBudget hours) ->
            fail $"experiment: --hours is {given.GetResult ExperimentArgument.Hours}, expected a number of more than 0"
        | _ when isBounded && given.Contains ExperimentArgument.Seeds ->
            fail "experiment: --seeds and --hours contradict each other: the time decides how many seeds there are"
        | Some plan ->
            Command.Experiment {
                Plan = plan
                Choice = choice
                Hours = if isBounded then Nullable hours else Nullable()
                Out = given.GetResult ExperimentArgument.Out
                Arms = given.TryGetResult ExperimentArgument.Arms |> items
                Seeds = given.TryGetResult ExperimentArgument.Seeds |> items
                Intervals = given.Contains ExperimentArgument.Intervals
                Quiet = given.Contains ExperimentArgument.Quiet
            }
            |> Ok
