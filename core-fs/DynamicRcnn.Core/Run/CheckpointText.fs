namespace DynamicRcnn.Core

open System
open System.Globalization

module private TrainingStateText =

    let heading = "drcnn-training-state"

    /// The newest version; older ones are read too.
    let version = "5"

    /// The version that knows a cascade's stages. A state without them is written as the version before, to the byte.
    let cascadeVersion = 5

    /// More are no detector's.
    let mostStages = 8

/// What is wrong with the text of a training state.
[<RequireQualifiedAccess>]
type CheckpointError =
    /// The first line is not `drcnn-training-state VERSION`.
    | NotATrainingState of FirstLine: string
    | UnknownVersion of Version: string
    | MissingKey of Key: string
    | UnknownLine of Line: string
    | DuplicateKey of Key: string
    | BadValue of Key: string * Value: string * Expected: string

    /// One sentence.
    override error.ToString() =
        match error with
        | CheckpointError.NotATrainingState firstLine ->
            let shown = firstLine.Substring(0, min 40 firstLine.Length)
            $"the training state begins with '{shown}', expected '{TrainingStateText.heading} {TrainingStateText.version}'"
        | CheckpointError.UnknownVersion found ->
            $"the training state has version {found}, and this program reads versions 1 to {TrainingStateText.version}; use the program that wrote it"
        | CheckpointError.MissingKey key -> $"the training state lacks '{key}'"
        | CheckpointError.UnknownLine line -> $"the training state has a line this version does not know: '{line}'"
        | CheckpointError.DuplicateKey key -> $"the training state has '{key}' more than once"
        | CheckpointError.BadValue(key, value, expected) ->
            $"the training state's '{key}' is '{value}', expected {expected}"

/// The training state as text: one `key=value` a line under a line with the version. Floats are written in .NET's shortest
/// form that reads back to the same bits, lists with spaces between their values.
[<RequireQualifiedAccess>]
module CheckpointText =

    open TrainingStateText

    /// Environment entries have free names, so they live under a prefix of their own.
    let private environmentPrefix = "environment."

    let private faultText (fault: ScheduleFault option) : string =
        match fault with
        | None -> "none"
        | Some ScheduleFault.TooFewProposals -> "tooFewProposals"
        | Some(ScheduleFault.WindowTooShort(iteration, entryCount, requiredCount)) ->
            $"windowTooShort %d{iteration} %d{entryCount} %d{requiredCount}"
        | Some ScheduleFault.MalformedStatistics -> "malformedStatistics"

    let private flagText (value: bool) : string = if value then "1" else "0"

    let private floatText (value: float) : string =
        value.ToString("R", CultureInfo.InvariantCulture)

    let private floatsText (values: float[]) : string =
        values |> Array.map floatText |> String.concat " "

    /// Free text on one line: backslash, line breaks and, in names, the equals sign are escaped.
    let private escape (text: string) : string =
        text.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r").Replace("=", "\\e")

    let private unescape (text: string) : string =
        let rec go (rest: char list) (done': char list) : char list =
            match rest with
            | '\\' :: 'n' :: tail -> go tail ('\n' :: done')
            | '\\' :: 'r' :: tail -> go tail ('\r' :: done')
            | '\\' :: 'e' :: tail -> go tail ('=' :: done')
            | '\\' :: '\\' :: tail -> go tail ('\\' :: done')
            | head :: tail -> go tail (head :: done')
            | [] -> done'

        go (List.ofSeq text) [] |> List.rev |> Array.ofList |> String

    let private tryInt (text: string) : int option =
        match Int32.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) with
        | true, value -> Some value
        | false, _ -> None

    let private tryCount (text: string) : int option =
        tryInt text |> Option.filter (fun value -> value >= 0)

    let private tryFlag (text: string) : bool option =
        match text with
        | "0" -> Some false
        | "1" -> Some true
        | _ -> None

    let private tryFloat (text: string) : float option =
        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    let private tryFloats (text: string) : float[] option =
        let words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let values = words |> Array.choose tryFloat
        if values.Length = words.Length then Some values else None

    let private tryFault (text: string) : ScheduleFault option option =
        match List.ofArray (text.Split ' ') with
        | [ "none" ] -> Some None
        | [ "tooFewProposals" ] -> Some(Some ScheduleFault.TooFewProposals)
        | [ "malformedStatistics" ] -> Some(Some ScheduleFault.MalformedStatistics)
        | [ "windowTooShort"; iteration; entryCount; requiredCount ] ->
            match tryCount iteration, tryCount entryCount, tryCount requiredCount with
            | Some iteration, Some entryCount, Some requiredCount ->
                Some(Some(ScheduleFault.WindowTooShort(iteration, entryCount, requiredCount)))
            | _ -> None
        | _ -> None

    /// A line of the text: how it is written and how it is read.
    [<NoComparison; NoEquality>]
    type private Line = {
        Key: string
        Write: TrainingState -> string
        /// The state with the value of a text; none for a text that is not what is expected.
        Read: string -> TrainingState -> TrainingState option
        Expected: string
        /// The version that added it, and what the versions before would have written.
        Added: int * string
    }

    let private line
        (key: string)
        (expected: string)
        (text: 'T -> string)
        (parse: string -> 'T option)
        (get: TrainingState -> 'T)
        (set: TrainingState -> 'T -> TrainingState)
        : Line = {
        Key = key
        Write = get >> text
        Read = fun given state -> parse given |> Option.map (set state)
        Expected = expected
        Added = 1, ""
    }

    let private count (key: string) =
        line key "a whole number of at least 0" string tryCount

    let private number (key: string) =
        line key "a finite number" floatText tryFloat

    let private numbers (key: string) =
        line key "finite numbers with spaces between them" floatsText tryFloats

    let private addedBy (version: int) (before: string) (line: Line) : Line = { line with Added = version, before }

    /// What a fold adds to the counters that all stages share.
    let private foldLines
        (prefix: string)
        (get: TrainingState -> DynamicState)
        (set: TrainingState -> DynamicState -> TrainingState)
        : Line list =
        let withSetting (state: TrainingState) (setting: Setting) =
            set state { get state with Setting = setting }

        [
            count (prefix + "unmeasuredIterations") (get >> _.UnmeasuredIterations) (fun state value ->
                set state {
                    get state with
                        UnmeasuredIterations = value
                })
            number (prefix + "iouThreshold") (get >> _.Setting.IoUThreshold) (fun state value ->
                withSetting state {
                    (get state).Setting with
                        IoUThreshold = value
                })
            number (prefix + "beta") (get >> _.Setting.Beta) (fun state value ->
                withSetting state {
                    (get state).Setting with
                        Beta = value
                })
            numbers (prefix + "topIoUs") (get >> _.TopIoUs) (fun state value ->
                set state { get state with TopIoUs = value })
            numbers (prefix + "lowErrors") (get >> _.LowErrors) (fun state value ->
                set state { get state with LowErrors = value })
            line
                (prefix + "fault")
                "none, or a fault's name and numbers"
                faultText
                tryFault
                (get >> _.Fault)
                (fun state value -> set state { get state with Fault = value })
        ]

    /// The lines of a cascade's stage, from 2 on.
    let private stageLines (stage: int) : Line list =
        let place = stage - 2

        foldLines $"stage{stage}." (fun state -> state.Cascade[place]) (fun state fold -> {
            state with
                Cascade = Array.updateAt place fold state.Cascade
        })
        |> List.map (addedBy cascadeVersion "")

    /// Its further stages have the counters of the first; all else of them is in their own lines.
    let private withStages (state: TrainingState) (stages: int) : TrainingState = {
        state with
            Cascade = Array.create (stages - 1) state.Dynamic
    }

    let private tryStages (text: string) : int option =
        tryCount text
        |> Option.filter (fun stages -> stages >= 1 && stages <= mostStages)

    /// In the order of the text, of a detector with so many box heads.
    let private linesOf (stages: int) : Line list = [
        line "seed" "a whole number" string tryInt _.Seed (fun state value -> { state with Seed = value })
        count "iteration" _.Dynamic.Iteration (fun state value -> { state with Dynamic.Iteration = value })
        count "skippedIterations" _.Dynamic.SkippedIterations (fun state value -> {
            state with
                Dynamic.SkippedIterations = value
        })
        yield! foldLines "" _.Dynamic (fun state fold -> { state with Dynamic = fold })
        count "nonFiniteInARow" _.NonFiniteInARow (fun state value -> { state with NonFiniteInARow = value })
        count "nonFiniteInAll" _.NonFiniteInAll (fun state value -> { state with NonFiniteInAll = value })
        count "zeroErrorIterations" _.ZeroErrorIterations (fun state value -> {
            state with
                ZeroErrorIterations = value
        })
        |> addedBy 2 "0"
        count "deadWindows" _.DeadWindows (fun state value -> { state with DeadWindows = value })
        |> addedBy 2 "0"
        number "bestAP" _.BestAP (fun state value -> { state with BestAP = value })
        count "bestIteration" _.BestIteration (fun state value -> { state with BestIteration = value })
        count "evaluations" _.Evaluations (fun state value -> { state with Evaluations = value })
        count "evaluationsWithoutImprovement" _.EvaluationsWithoutImprovement (fun state value -> {
            state with
                EvaluationsWithoutImprovement = value
        })
        number "scoreThreshold" _.ScoreThresholds.All (fun state value -> {
            state with
                ScoreThresholds = {
                    state.ScoreThresholds with
                        All = value
                }
        })
        |> addedBy 4 "-1"
        numbers "classScoreThresholds" _.ScoreThresholds.ByClass (fun state value -> {
            state with
                ScoreThresholds = {
                    state.ScoreThresholds with
                        ByClass = value
                }
        })
        |> addedBy 4 ""
        line "evaluationDue" "0 or 1" flagText tryFlag _.EvaluationDue (fun state value -> {
            state with
                EvaluationDue = value
        })
        |> addedBy 3 "0"
        line
            "stages"
            $"a whole number from 1 to {mostStages}"
            string
            tryStages
            (fun state -> 1 + state.Cascade.Length)
            withStages
        |> addedBy cascadeVersion "1"
        for stage in 2..stages do
            yield! stageLines stage
    ]

    /// The text of a state; `read` gives back an equal one.
    [<CompiledName "Write">]
    let write (state: TrainingState) : string =
        let stages = 1 + state.Cascade.Length
        let written = if stages = 1 then cascadeVersion - 1 else cascadeVersion

        let all = [
            $"{heading} {written}"
            for line in linesOf stages do
                if fst line.Added <= written then
                    $"{line.Key}={line.Write state}"
            for entry in state.Environment do
                $"{environmentPrefix}{escape entry.Name}={escape entry.Value}"
        ]

        String.Join('\n', all) + "\n"

    /// A state with the values of lines (key, value) that a version wrote, and what is wrong with them.
    let private fill (found: int) (pairs: (string * string)[]) : TrainingState * CheckpointError list =
        let given = Map.ofArray pairs

        let stages =
            Map.tryFind "stages" given |> Option.bind tryStages |> Option.defaultValue 1

        let lines = linesOf (if found >= cascadeVersion then stages else 1)
        let written = lines |> List.filter (fun line -> fst line.Added <= found)
        let keys = written |> List.map _.Key |> Set.ofList

        let unknown = [
            for key, value in pairs do
                if not (keys.Contains key) then
                    CheckpointError.UnknownLine $"{key}={value}"
        ]

        let take (state: TrainingState, errors: CheckpointError list) (line: Line) =
            let text =
                if keys.Contains line.Key then
                    Map.tryFind line.Key given
                else
                    Some(snd line.Added)

            match text, text |> Option.bind (fun text -> line.Read text state) with
            | _, Some state -> state, errors
            | None, None -> state, CheckpointError.MissingKey line.Key :: errors
            | Some text, None -> state, CheckpointError.BadValue(line.Key, text, line.Expected) :: errors

        // Every field of the state is a line's.
        let start = TrainingState.Initial(Presets.tinyDemo.Config, [||])
        let state, errors = List.fold take (start, []) lines
        state, unknown @ List.rev errors

    let private readBody (found: int) (body: string[]) : Result<TrainingState, CheckpointError list> =
        let pairs, broken = body |> Array.partition (fun line -> line.Contains '=')

        let pairs =
            pairs
            |> Array.map (fun line ->
                let position = line.IndexOf '='
                line.Substring(0, position), line.Substring(position + 1))

        let environment, own =
            pairs
            |> Array.partition (fun (key, _) -> key.StartsWith(environmentPrefix, StringComparison.Ordinal))

        let duplicates = [
            for key, times in Array.countBy fst pairs do
                if times > 1 then
                    CheckpointError.DuplicateKey key
        ]

        let state, errors = fill found own

        let errors =
            List.concat [
                broken |> Array.map CheckpointError.UnknownLine |> List.ofArray
                duplicates
                errors
            ]

        Validation.require errors {
            state with
                Environment =
                    environment
                    |> Array.map (fun (key, value) -> {
                        Name = unescape (key.Substring environmentPrefix.Length)
                        Value = unescape value
                    })
        }

    /// The state of a text, or every problem at once.
    [<CompiledName "Read">]
    let read (text: string) : Parsed<TrainingState> =
        let lines = text.Split '\n' |> Array.map _.TrimEnd('\r')
        let body = lines |> Array.skip 1 |> Array.filter (fun line -> line <> "")

        match lines[0].Split ' ' with
        | [| first; found |] when first = heading ->
            match tryInt found with
            | Some number when number >= 1 && number <= int version && string number = found -> readBody number body
            | _ -> Error [ CheckpointError.UnknownVersion found ]
        | _ -> Error [ CheckpointError.NotATrainingState lines[0] ]
        |> Parsed.ofErrors
