namespace DynamicRcnn.Core

open System

/// What is wrong at one place of a configuration.
[<RequireQualifiedAccess>]
type ConfigProblem =
    /// The value as it was written, and what is allowed in its place.
    | NotAllowed of Got: string * Allowed: string
    | UnknownKey
    /// The same value is written twice; `By` names the second place when it is not the first one's.
    | GivenTwice of By: string
    | Missing
    /// Text that is no configuration at all.
    | Malformed of Reason: string

module private Sentence =

    /// Names and values come from files: what would break the sentence's line is written as in JSON.
    let inOneLine (text: string) : string =
        if String.exists Char.IsControl text then
            text
            |> String.collect (fun c -> if Char.IsControl c then $"\\u{int c:x4}" else string c)
        else
            text

/// One problem of a configuration: where it was written, what is wrong, what may have been meant.
type ConfigError = {
    /// A file's name or an option such as `--set`; empty when the value was made in code.
    Source: string
    /// Path of the field, such as `solver.iterations`; empty when the problem is the text's.
    Path: string
    Problem: ConfigProblem
    /// The nearest name that exists.
    Suggestion: string option
} with

    /// One sentence: place, field, value got, what is allowed, suggestion.
    override error.ToString() =
        let place =
            [ error.Source; error.Path ]
            |> List.filter (fun part -> part <> "")
            |> String.concat ": "

        let problem =
            match error.Problem with
            | ConfigProblem.NotAllowed(got, allowed) -> $"got {got}, expected {allowed}"
            | ConfigProblem.UnknownKey -> "no such key"
            | ConfigProblem.GivenTwice "" -> "given twice"
            | ConfigProblem.GivenTwice by -> $"given twice, also by {by}"
            | ConfigProblem.Missing -> "is missing"
            | ConfigProblem.Malformed reason -> reason

        let suggestion =
            match error.Suggestion with
            | Some name -> $"; did you mean {name}?"
            | None -> ""

        if place = "" then
            Sentence.inOneLine (problem + suggestion)
        else
            Sentence.inOneLine $"{place}: {problem}{suggestion}"

/// Makes errors.
[<RequireQualifiedAccess>]
module ConfigError =

    let create (path: string) (problem: ConfigProblem) : ConfigError = {
        Source = ""
        Path = path
        Problem = problem
        Suggestion = None
    }

    let notAllowed (path: string) (got: string) (allowed: string) : ConfigError =
        create path (ConfigProblem.NotAllowed(got, allowed))

    let from (source: string) (error: ConfigError) : ConfigError = { error with Source = source }

/// Results that carry every error instead of the first.
[<RequireQualifiedAccess>]
module Validation =

    /// Both values, or the errors of both sides.
    let map2 (combine: 'A -> 'B -> 'C) (a: Result<'A, 'E list>) (b: Result<'B, 'E list>) : Result<'C, 'E list> =
        match a, b with
        | Ok a, Ok b -> Ok(combine a b)
        | Error first, Error second -> Error(first @ second)
        | Error errors, Ok _
        | Ok _, Error errors -> Error errors

    /// All values in order, or all errors in order.
    let gather (results: Result<'T, 'E list> list) : Result<'T list, 'E list> =
        List.foldBack (map2 (fun head tail -> head :: tail)) results (Ok [])

    /// The value when there is no error.
    let require (errors: 'E list) (value: 'T) : Result<'T, 'E list> =
        if List.isEmpty errors then Ok value else Error errors

/// The nearest of some names, for "did you mean".
[<RequireQualifiedAccess>]
module Suggestion =

    /// Edits of one character, and swaps of neighbours, that turn one text into the other, whatever the letters' case.
    /// Source: optimal string alignment, a restricted Damerau-Levenshtein distance. O(length x length).
    let distance (a: string) (b: string) : int =
        let a, b = a.ToLowerInvariant(), b.ToLowerInvariant()

        // Three rows are enough, and the row of this turn takes the place of the oldest.
        let rows = Array.init 3 (fun _ -> Array.init (b.Length + 1) id)

        for row in 1 .. a.Length do
            let twoBack, previous, current =
                rows[(row + 1) % 3], rows[(row + 2) % 3], rows[row % 3]

            current[0] <- row

            for column in 1 .. b.Length do
                let replaced = previous[column - 1] + (if a[row - 1] = b[column - 1] then 0 else 1)
                let best = min replaced (min (current[column - 1] + 1) (previous[column] + 1))

                let swapped =
                    row > 1
                    && column > 1
                    && a[row - 1] = b[column - 2]
                    && a[row - 2] = b[column - 1]

                current[column] <- if swapped then min best (twoBack[column - 2] + 1) else best

        rows[a.Length % 3][b.Length]

    /// The nearest candidate, when it is near: at most a third of the longer text differs.
    let nearest (candidates: string seq) (text: string) : string option =
        let isNear (candidate: string, edits: int) : bool =
            3 * edits <= max 3 (max candidate.Length text.Length)

        let ranked =
            candidates
            // There are at least as many edits as letters too many: a text of any length costs no more than a near one.
            |> Seq.filter (fun candidate -> isNear (candidate, abs (candidate.Length - text.Length)))
            |> Seq.map (fun candidate -> candidate, distance candidate text)
            |> Seq.filter isNear
            |> Seq.sortBy snd

        ranked |> Seq.tryHead |> Option.map fst

    /// The nearest path. A path whose last part alone is right, or nearly, is found wherever it lies.
    let nearestPath (candidates: string seq) (path: string) : string option =
        let lastPart (text: string) : string =
            text.Substring(text.LastIndexOf('.') + 1)

        match nearest candidates path with
        | Some found -> Some found
        | None ->
            let wanted = lastPart path

            nearest (Seq.map lastPart candidates) wanted
            |> Option.bind (fun part -> candidates |> Seq.tryFind (fun candidate -> lastPart candidate = part))
