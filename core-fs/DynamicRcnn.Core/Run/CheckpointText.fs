namespace DynamicRcnn.Core

open System
open System.Globalization

module private TrainingStateText =

    let heading = "drcnn-training-state"

    /// The version that is written; older ones are read too.
    let version = "3"

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

    /// What version 2 added, as a text of version 1 would have said it: nothing was counted.
    let private addedByVersion2 = [| "zeroErrorIterations=0"; "deadWindows=0" |]

    /// What version 3 added, as the versions before would have said it: no evaluation was ever cut off.
    let private addedByVersion3 = [| "evaluationDue=0" |]

    /// Environment entries have free names, so they live under a prefix of their own.
    let private environmentPrefix = "environment."

    let private faultText (fault: ScheduleFault option) : string =
        match fault with
        | None -> "none"
        | Some ScheduleFault.TooFewProposals -> "tooFewProposals"
        | Some(ScheduleFault.WindowTooShort(iteration, entryCount, requiredCount)) ->
            $"windowTooShort %d{iteration} %d{entryCount} %d{requiredCount}"
        | Some ScheduleFault.MalformedStatistics -> "malformedStatistics"

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

    /// The text of a state; `read` gives back an equal one.
    [<CompiledName "Write">]
    let write (state: TrainingState) : string =
        let lines = [|
            $"{heading} {version}"
            $"seed=%d{state.Seed}"
            $"iteration=%d{state.Dynamic.Iteration}"
            $"skippedIterations=%d{state.Dynamic.SkippedIterations}"
            $"unmeasuredIterations=%d{state.Dynamic.UnmeasuredIterations}"
            $"iouThreshold={floatText state.Dynamic.Setting.IoUThreshold}"
            $"beta={floatText state.Dynamic.Setting.Beta}"
            $"topIoUs={floatsText state.Dynamic.TopIoUs}"
            $"lowErrors={floatsText state.Dynamic.LowErrors}"
            $"fault={faultText state.Dynamic.Fault}"
            $"nonFiniteInARow=%d{state.NonFiniteInARow}"
            $"nonFiniteInAll=%d{state.NonFiniteInAll}"
            $"zeroErrorIterations=%d{state.ZeroErrorIterations}"
            $"deadWindows=%d{state.DeadWindows}"
            $"bestAP={floatText state.BestAP}"
            $"bestIteration=%d{state.BestIteration}"
            $"evaluations=%d{state.Evaluations}"
            $"evaluationsWithoutImprovement=%d{state.EvaluationsWithoutImprovement}"
            $"evaluationDue=%d{if state.EvaluationDue then 1 else 0}"
            for entry in state.Environment do
                $"{environmentPrefix}{escape entry.Name}={escape entry.Value}"
        |]

        String.Join('\n', lines) + "\n"

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

    /// The lines under the heading as (key, value), or the lines without an equals sign.
    let private splitLines (lines: string[]) : (string * string)[] * CheckpointError list =
        let split (line: string) =
            match line.IndexOf '=' with
            | -1 -> Choice2Of2(CheckpointError.UnknownLine line)
            | position -> Choice1Of2(line.Substring(0, position), line.Substring(position + 1))

        let parts = Array.map split lines

        parts
        |> Array.choose (function
            | Choice1Of2 pair -> Some pair
            | Choice2Of2 _ -> None),
        parts
        |> Array.choose (function
            | Choice1Of2 _ -> None
            | Choice2Of2 error -> Some error)
        |> List.ofArray

    let private keys =
        set [
            "seed"
            "iteration"
            "skippedIterations"
            "unmeasuredIterations"
            "iouThreshold"
            "beta"
            "topIoUs"
            "lowErrors"
            "fault"
            "nonFiniteInARow"
            "nonFiniteInAll"
            "zeroErrorIterations"
            "deadWindows"
            "bestAP"
            "bestIteration"
            "evaluations"
            "evaluationsWithoutImprovement"
            "evaluationDue"
        ]

    /// A value of a key, or a stand-in and the reason why it is not there; the stand-in never leaves `readBody`.
    let private field (pairs: Map<string, string>) key expected (parse: string -> 'T option) (standIn: 'T) =
        match Map.tryFind key pairs with
        | None -> standIn, [ CheckpointError.MissingKey key ]
        | Some text ->
            match parse text with
            | Some value -> value, []
            | None -> standIn, [ CheckpointError.BadValue(key, text, expected) ]

    let private readBody (lines: string[]) : Result<TrainingState, CheckpointError list> =
        let pairs, lineErrors = splitLines lines

        let isEnvironment (key: string, _: string) =
            key.StartsWith(environmentPrefix, StringComparison.Ordinal)

        let environment, own = Array.partition isEnvironment pairs
        let map = Map.ofArray own

        let count key =
            field map key "a whole number of at least 0" tryCount 0

        let number key =
            field map key "a finite number" tryFloat 0.0

        let numbers key =
            field map key "finite numbers with spaces between them" tryFloats [||]

        let seed, seedErrors = field map "seed" "a whole number" tryInt 0
        let iteration, iterationErrors = count "iteration"
        let skipped, skippedErrors = count "skippedIterations"
        let unmeasured, unmeasuredErrors = count "unmeasuredIterations"
        let iouThreshold, iouThresholdErrors = number "iouThreshold"
        let beta, betaErrors = number "beta"
        let topIoUs, topIoUErrors = numbers "topIoUs"
        let lowErrors, lowErrorErrors = numbers "lowErrors"

        let fault, faultErrors =
            field map "fault" "none, or a fault's name and numbers" tryFault None

        let nonFiniteInARow, inARowErrors = count "nonFiniteInARow"
        let nonFiniteInAll, inAllErrors = count "nonFiniteInAll"
        let zeroErrors, zeroErrorErrors = count "zeroErrorIterations"
        let deadWindows, deadWindowErrors = count "deadWindows"
        let bestAP, bestAPErrors = number "bestAP"
        let bestIteration, bestIterationErrors = count "bestIteration"
        let evaluations, evaluationErrors = count "evaluations"
        let withoutImprovement, withoutErrors = count "evaluationsWithoutImprovement"
        let evaluationDue, dueErrors = field map "evaluationDue" "0 or 1" tryFlag false

        let duplicates =
            pairs
            |> Array.countBy fst
            |> Array.filter (fun (_, times) -> times > 1)
            |> Array.map (fst >> CheckpointError.DuplicateKey)
            |> List.ofArray

        let unknown =
            own
            |> Array.filter (fun (key, _) -> not (Set.contains key keys))
            |> Array.map (fun (key, value) -> CheckpointError.UnknownLine $"{key}={value}")
            |> List.ofArray

        let errors =
            List.concat [
                lineErrors
                unknown
                duplicates
                seedErrors
                iterationErrors
                skippedErrors
                unmeasuredErrors
                iouThresholdErrors
                betaErrors
                topIoUErrors
                lowErrorErrors
                faultErrors
                inARowErrors
                inAllErrors
                zeroErrorErrors
                deadWindowErrors
                bestAPErrors
                bestIterationErrors
                evaluationErrors
                withoutErrors
                dueErrors
            ]

        if errors.IsEmpty then
            Ok {
                Seed = seed
                Environment =
                    environment
                    |> Array.map (fun (key, value) -> {
                        Name = unescape (key.Substring environmentPrefix.Length)
                        Value = unescape value
                    })
                Dynamic = {
                    Setting = {
                        IoUThreshold = iouThreshold
                        Beta = beta
                    }
                    Iteration = iteration
                    SkippedIterations = skipped
                    UnmeasuredIterations = unmeasured
                    TopIoUs = topIoUs
                    LowErrors = lowErrors
                    Fault = fault
                }
                NonFiniteInARow = nonFiniteInARow
                NonFiniteInAll = nonFiniteInAll
                ZeroErrorIterations = zeroErrors
                DeadWindows = deadWindows
                BestAP = bestAP
                BestIteration = bestIteration
                Evaluations = evaluations
                EvaluationsWithoutImprovement = withoutImprovement
                EvaluationDue = evaluationDue
            }
        else
            Error errors

    /// The state of a text, or every problem at once.
    [<CompiledName "Read">]
    let read (text: string) : Parsed<TrainingState> =
        let lines = text.Split '\n' |> Array.map _.TrimEnd('\r')
        let body = lines |> Array.skip 1 |> Array.filter (fun line -> line <> "")

        match lines[0].Split ' ' with
        | [| first; found |] when first = heading && found = version -> readBody body
        | [| first; "2" |] when first = heading -> readBody (Array.append body addedByVersion3)
        | [| first; "1" |] when first = heading -> readBody (Array.concat [ body; addedByVersion2; addedByVersion3 ])
        | [| first; found |] when first = heading -> Error [ CheckpointError.UnknownVersion found ]
        | _ -> Error [ CheckpointError.NotATrainingState lines[0] ]
        |> Parsed.ofErrors
