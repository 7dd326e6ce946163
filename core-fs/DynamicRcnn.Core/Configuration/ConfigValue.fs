namespace DynamicRcnn.Core

open System
open System.Globalization

/// What a field holds.
[<RequireQualifiedAccess>]
type ValueKind =
    | Bool
    | Int
    | Float
    | Text
    | Ints
    | Floats
    /// One of some names.
    | Name of Names: string list

/// The value of one field, whatever its type.
[<RequireQualifiedAccess>]
type ConfigValue =
    | Bool of bool
    | Int of int
    | Float of float
    | Text of string
    | Ints of int list
    | Floats of float list
    | Name of string

/// Values as text: `320`, `0.005`, `true`, `[320, 400]`, `ProposalsOnly`.
[<RequireQualifiedAccess>]
module ConfigValue =

    let private culture = CultureInfo.InvariantCulture

    /// The shortest text that reads back to the same bits.
    let floatText (value: float) : string = value.ToString("R", culture)

    let private listText (texts: string list) : string = "[" + String.concat ", " texts + "]"

    /// The value as `parse` reads it, and as JSON writes it but for texts and names, which are not quoted here.
    let text (value: ConfigValue) : string =
        match value with
        | ConfigValue.Bool true -> "true"
        | ConfigValue.Bool false -> "false"
        | ConfigValue.Int value -> string value
        | ConfigValue.Float value -> floatText value
        | ConfigValue.Text value
        | ConfigValue.Name value -> value
        | ConfigValue.Ints values -> values |> List.map string |> listText
        | ConfigValue.Floats values -> values |> List.map floatText |> listText

    /// The kind in words, after "expected".
    let expected (kind: ValueKind) : string =
        match kind with
        | ValueKind.Bool -> "true or false"
        | ValueKind.Int -> "a whole number"
        | ValueKind.Float -> "a number"
        | ValueKind.Text -> "text"
        | ValueKind.Ints -> "whole numbers such as [1, 2, 3]"
        | ValueKind.Floats -> "numbers such as [0.5, 1, 2]"
        | ValueKind.Name names -> "one of " + String.concat ", " names

    let private tryInt (text: string) : int option =
        match Int32.TryParse(text, NumberStyles.AllowLeadingSign, culture) with
        | true, value -> Some value
        | false, _ -> None

    let private tryFloat (text: string) : float option =
        match Double.TryParse(text, NumberStyles.Float, culture) with
        | true, value when Double.IsFinite value -> Some value
        | _ -> None

    /// A number, or a percentage such as 20%.
    let private tryShare (text: string) : float option =
        if text.EndsWith '%' then
            tryFloat (text.TrimEnd '%') |> Option.map (fun percent -> percent / 100.0)
        else
            tryFloat text

    /// All or none.
    let traverse (choose: 'A -> 'B option) (items: 'A list) : 'B list option =
        let chosen = List.choose choose items
        if chosen.Length = items.Length then Some chosen else None

    let private items (text: string) : string list =
        let text = text.Trim()

        let inner =
            if text.StartsWith '[' && text.EndsWith ']' then
                text.Substring(1, text.Length - 2)
            else
                text

        if String.IsNullOrWhiteSpace inner then
            []
        else
            inner.Split ',' |> List.ofArray |> List.map _.Trim()

    /// The name as it is spelt, found whatever the letters' case.
    let tryName (names: string list) (text: string) : string option =
        names
        |> List.tryFind (fun name -> String.Equals(name, text, StringComparison.OrdinalIgnoreCase))

    /// The value of a text of the command line. Lists may stand in brackets or not; names in any case.
    let parse (kind: ValueKind) (text: string) : ConfigValue option =
        match kind with
        | ValueKind.Bool ->
            match Boolean.TryParse text with
            | true, value -> Some(ConfigValue.Bool value)
            | false, _ -> None
        | ValueKind.Int -> tryInt (text.Trim()) |> Option.map ConfigValue.Int
        | ValueKind.Float -> tryShare (text.Trim()) |> Option.map ConfigValue.Float
        | ValueKind.Text -> Some(ConfigValue.Text text)
        | ValueKind.Ints -> items text |> traverse tryInt |> Option.map ConfigValue.Ints
        | ValueKind.Floats -> items text |> traverse tryFloat |> Option.map ConfigValue.Floats
        | ValueKind.Name names -> tryName names (text.Trim()) |> Option.map ConfigValue.Name

    /// A value as one of that kind: itself where it is one, or what its text says.
    let asKind (kind: ValueKind) (value: ConfigValue) : ConfigValue option =
        match kind, value with
        | ValueKind.Bool, ConfigValue.Bool _
        | ValueKind.Int, ConfigValue.Int _
        | ValueKind.Float, ConfigValue.Float _ -> Some value
        | kind, value -> parse kind (text value)

/// Checks of one value.
[<RequireQualifiedAccess>]
module internal ValueRange =

    let rec describe (allowed: Allowed) : string =
        let number = ConfigValue.floatText

        match allowed with
        | Allowed.Anything -> "anything"
        | Allowed.AtLeast low -> $"at least {number low}"
        | Allowed.MoreThan low -> $"more than {number low}"
        | Allowed.Between(low, high) -> $"{number low} to {number high}"
        | Allowed.FromBelow(low, high) -> $"at least {number low} and less than {number high}"
        | Allowed.MoreThanUpTo(low, high) -> $"more than {number low} and at most {number high}"
        | Allowed.OneOf values -> "one of " + (values |> List.map string |> String.concat ", ")
        | Allowed.Device -> "auto, cpu, cuda or cuda:N"
        | Allowed.Exactly(count, item) -> $"{count} values{each item}"
        | Allowed.NonEmpty item -> $"one value or more{each item}"
        | Allowed.Ascending item -> $"ascending values{each item}"

    and private each (item: Allowed) : string =
        match item with
        | Allowed.Anything -> ""
        | item -> $", each {describe item}"

    let private isDevice (text: string) : bool =
        let isIndex (text: string) =
            text.Length > 0 && Seq.forall Char.IsAsciiDigit text

        text = "auto"
        || text = "cpu"
        || text = "cuda"
        || (text.StartsWith("cuda:", StringComparison.Ordinal) && isIndex (text.Substring 5))

    let rec private holdsForNumbers (allowed: Allowed) (numbers: float list) : bool =
        let each (item: Allowed) =
            numbers |> List.forall (fun number -> holdsForNumbers item [ number ])

        let all (check: float -> bool) =
            numbers |> List.forall (fun number -> Double.IsFinite number && check number)

        match allowed with
        | Allowed.Anything -> all (fun _ -> true)
        | Allowed.AtLeast low -> all (fun number -> number >= low)
        | Allowed.MoreThan low -> all (fun number -> number > low)
        | Allowed.Between(low, high) -> all (fun number -> number >= low && number <= high)
        | Allowed.FromBelow(low, high) -> all (fun number -> number >= low && number < high)
        | Allowed.MoreThanUpTo(low, high) -> all (fun number -> number > low && number <= high)
        | Allowed.OneOf values -> all (fun number -> values |> List.exists (fun value -> float value = number))
        | Allowed.Device -> false
        | Allowed.Exactly(count, item) -> numbers.Length = count && each item
        | Allowed.NonEmpty item -> not numbers.IsEmpty && each item
        | Allowed.Ascending item -> numbers |> List.pairwise |> List.forall (fun (a, b) -> a < b) && each item

    /// Whether the value is allowed. A number is never NaN or infinite.
    let holds (allowed: Allowed) (value: ConfigValue) : bool =
        match value with
        | ConfigValue.Bool _
        | ConfigValue.Name _ -> true
        | ConfigValue.Text text -> allowed <> Allowed.Device || isDevice text
        | ConfigValue.Int value -> holdsForNumbers allowed [ float value ]
        | ConfigValue.Float value -> holdsForNumbers allowed [ value ]
        | ConfigValue.Ints values -> holdsForNumbers allowed (List.map float values)
        | ConfigValue.Floats values -> holdsForNumbers allowed values
