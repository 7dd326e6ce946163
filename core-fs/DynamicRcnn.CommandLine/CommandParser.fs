namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open Argu
open GivenOptions

/// The command line: arguments to a `Command`, or one sentence about what is wrong.
[<RequireQualifiedAccess>]
module CommandParser =

    /// Curves of one replay that can still be told apart.
    let private mostCurves = 12

    /// Without Argu's check of its own schema, which the tests run once instead: it costs start-up time.
    let internal parser (checkStructure: bool) : ArgumentParser<Argument> =
        ArgumentParser.Create<Argument>(
            programName = programName,
            errorHandler = ExceptionExiter(),
            checkStructure = checkStructure
        )

    /// Pictures of a split on a page that every browser opens at once.
    let private defaultBrowseImages = 300

    let private ofInspect (given: ParseResults<InspectArgument>) : Result<Command, CliError> =
        let choice = OptionTable.choice None given
        let browse = given.TryGetResult InspectArgument.Browse
        let images = given.TryGetResult InspectArgument.Browse_Images

        let augmented = given.TryGetResult InspectArgument.Augmented

        match browse, images with
        | Some file, _ when not (file.EndsWith(".html", StringComparison.OrdinalIgnoreCase)) ->
            fail $"inspect: --browse {file} is not the name of a page; expected one that ends in .html"
        | None, Some _ -> fail "inspect: --browse-images N needs --browse FILE"
        | None, _ when augmented.IsSome -> fail "inspect: --augmented N needs --browse FILE"
        | _ when augmented |> Option.exists (fun count -> count < 1) ->
            fail $"inspect: --augmented {augmented.Value} is too few; expected at least 1"
        | _ when not (List.exists (ConfigChoice.gives choice) ConfigChoice.dataPaths) ->
            fail "inspect: --data PATH is missing"
        | _, Some count when count < 1 -> fail $"inspect: --browse-images {count} is too few; expected at least 1"
        | _ ->
            Command.Inspect {
                Choice =
                    if choice.NamesOne then
                        choice
                    else
                        {
                            choice with
                                Preset = Presets.small.Name
                        }
                Split = given.TryGetResult InspectArgument.Split |> orNull
                Browse = orNull browse
                BrowseImages = defaultArg images defaultBrowseImages
                Augmented = Option.toNullable augmented
                Json = given.TryGetResult InspectArgument.Json |> orNull
                Suggest = given.Contains InspectArgument.Suggest
            }
            |> Ok

    /// All combinations of the values that the options list.
    let private variants (choice: ConfigChoice) : ConfigSources[] =
        let values (option: OptionValue) = [
            for value in items (Some(ConfigValue.text option.Value)) ->
                {
                    option with
                        Value = ConfigValue.Text value
                }
        ]

        let combine (variants: OptionValue list list) (option: OptionValue) =
            List.allPairs variants (values option)
            |> List.map (fun (variant, value) -> variant @ [ value ])

        if choice = ConfigChoice.none then
            [||]
        else
            choice.Options
            |> Array.fold combine [ [] ]
            |> List.map (fun options -> {
                choice.Sources [||] with
                    Options = Array.ofList options
            })
            |> Array.ofList

    let private ofReplay (given: ParseResults<ReplayArgument>) : Result<Command, CliError> =
        let choice = OptionTable.choice None given
        let variants = variants choice

        let other =
            choice.Sets
            |> Array.tryFind (fun set -> not (set.StartsWith("dynamic.", StringComparison.Ordinal)))

        let stage = given.GetResult(ReplayArgument.Stage, 1)

        match given.TryGetResult ReplayArgument.Run, other with
        | None, _ -> fail "replay: name the folder of a run"
        | _, Some set -> fail $"replay: --set {set}: expected a field of the schedule (dynamic.)"
        | _ when given.Contains ReplayArgument.Svg ->
            fail "replay: --svg is no option any more; --report FILE.html draws the curves on the report's page"
        | _ when stage < 1 -> fail $"replay: --stage is {stage}, expected 1 or more"
        | _ when stage > 1 && given.Contains ReplayArgument.Report ->
            fail
                $"replay: --stage {stage} --report: the page draws a run's first stage; take --csv or --json for another"
        | _ when variants.Length > mostCurves ->
            fail
                $"replay: {variants.Length} combinations of values, expected at most {mostCurves}; try fewer values at once"
        | Some run, None ->
            Command.Replay {
                Run = run
                Variants = variants
                Stage = stage
                Json = given.TryGetResult ReplayArgument.Json |> orNull
                Csv = given.TryGetResult ReplayArgument.Csv |> orNull
                Report = given.TryGetResult ReplayArgument.Report |> orNull
            }
            |> Ok

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

    let private ofConfig (given: ParseResults<ConfigArgument>) : Result<Command, CliError> =
        match OptionTable.choice None given with
        | choice when choice.NamesOne -> Ok(Command.Config choice)
        | _ -> fail $"config: name a preset or give --config FILE ({programName} presets lists the presets)"

    let private exitCodes: string =
        ExitCode.meanings
        |> List.map (fun (code, meaning) -> $"    %-5d{code} {meaning}")
        |> List.append [ ""; "EXIT CODES:"; "" ]
        |> String.concat "\n"

    let private help (text: string) : Command =
        Command.Help { Text = text.TrimEnd() + "\n" }

    let private ofResults (results: ParseResults<Argument>) : Result<Command, CliError> =
        let threads = results.TryGetResult Argument.Threads

        if results.Contains Argument.Version then
            Ok Command.Version
        else
            match results.TryGetSubCommand() with
            | Some(Argument.Train given) -> DetectorCommands.ofTrain threads given
            | Some(Argument.Eval given) -> DetectorCommands.ofEval threads given
            | Some(Argument.Predict given) -> DetectorCommands.ofPredict threads given
            | Some(Argument.Convert given) -> ConversionCommands.ofConvert given
            | Some(Argument.Export given) -> ConversionCommands.ofExport threads given
            | Some(Argument.Inspect given) -> ofInspect given
            | Some(Argument.Data given) -> DataCommands.ofData threads given
            | Some(Argument.Replay given) -> ofReplay given
            | Some(Argument.Experiment given) -> DetectorCommands.ofExperiment threads given
            | Some(Argument.Report given) -> ofReport given
            | Some(Argument.Watch given) -> ofWatch given
            | Some(Argument.Doctor _) -> Command.Doctor { Threads = Option.toNullable threads } |> Ok
            | Some(Argument.Bench given) -> DetectorCommands.ofBench threads given
            | Some(Argument.Demo given) -> DetectorCommands.ofDemo threads given |> Ok
            | Some(Argument.Presets _) -> Ok Command.Presets
            | Some(Argument.Config given) -> ofConfig given
            | _ -> fail $"name a command; {programName} --help lists them"

    let private commands = OptionTable.commands<Argument>

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
    [<CompiledName "Parse">]
    let parse (arguments: string[]) : Parsed<Command> =
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
        |> Parsed.ofError
