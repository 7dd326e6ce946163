namespace DynamicRcnn.Core

open System
open System.Text.Json

/// One of the variants that an experiment compares.
type ExperimentArm = {
    /// Letters, digits, '-' and '_': its runs' folders begin with it.
    Name: string
    /// What it changes, each `path=value`.
    Sets: string[]
}

/// One run of an experiment.
type ExperimentRun = {
    Arm: ExperimentArm
    Seed: int
} with

    /// Its folder.
    member this.Name = $"{this.Arm.Name}-seed{this.Seed}"

/// One configuration in several variants, each trained with the same seeds.
type ExperimentPlan = {
    Preset: string
    /// What all arms change, each `path=value`; an arm's own values prevail.
    Sets: string[]
    Seeds: int[]
    /// At least one; the first is what the others are compared with.
    Arms: ExperimentArm[]
} with

    /// Every arm with the first seed, then with the next: what is stopped half-way compares all arms.
    member plan.Runs: ExperimentRun[] = [|
        for seed in plan.Seeds do
            for arm in plan.Arms do
                { Arm = arm; Seed = seed }
    |]

    /// The seed of a round, from 0: one of the plan's, then the numbers after the largest of them.
    member plan.SeedAt(round: int) : int =
        if round < plan.Seeds.Length then
            plan.Seeds[round]
        else
            Array.max plan.Seeds + round - plan.Seeds.Length + 1

    /// The first assignments without those of fields that the second have too, and the second.
    static member private Over (sets: string[]) (own: string[]) : string[] =
        let pathOf (set: string) =
            (set.Split '=' |> Array.head).Trim().ToLowerInvariant()

        let paths = own |> Array.map pathOf
        Array.append (sets |> Array.filter (fun set -> not (Array.contains (pathOf set) paths))) own

    /// What a run changes, each `path=value`: the arm's values in place of the plan's for the same field.
    member plan.SetsOf(arm: ExperimentArm) : string[] = ExperimentPlan.Over plan.Sets arm.Sets

    /// The plan on another preset, where one is named, with further assignments for all arms in place of its own for the same field.
    member plan.With(preset: string | null, sets: string[]) : ExperimentPlan = {
        plan with
            Preset =
                match preset with
                | null -> plan.Preset
                | name -> name
            Sets = ExperimentPlan.Over plan.Sets sets
    }

/// Reads plans.
[<RequireQualifiedAccess>]
module ExperimentPlanText =

    let private keys = [ "preset"; "set"; "seeds"; "arms" ]
    let private armKeys = [ "name"; "set" ]

    let private wrong (path: string) (element: JsonElement) (expected: string) =
        Error [ ConfigError.notAllowed path (ConfigJson.quoted element) expected ]

    let private missing (path: string) =
        Error [ ConfigError.create path ConfigProblem.Missing ]

    let private text (path: string) (element: JsonElement) : Result<string, ConfigError list> =
        match element.ValueKind with
        | JsonValueKind.String -> element.GetString() |> Option.ofObj |> Option.defaultValue "" |> Ok
        | _ -> wrong path element "a text"

    let private items
        (path: string)
        (expected: string)
        (read: string -> JsonElement -> Result<'T, ConfigError list>)
        (element: JsonElement)
        : Result<'T[], ConfigError list> =
        match element.ValueKind with
        | JsonValueKind.Array ->
            element.EnumerateArray()
            |> Seq.mapi (fun i item -> read $"{path}[{i}]" item)
            |> List.ofSeq
            |> Validation.gather
            |> Result.map Array.ofList
        | _ -> wrong path element expected

    let private assignments (path: string) : JsonElement -> Result<string[], ConfigError list> =
        items path "a list of texts such as \"dynamic.moveBeta=false\"" text

    let private seed (path: string) (element: JsonElement) : Result<int, ConfigError list> =
        match element.ValueKind with
        | JsonValueKind.Number ->
            match element.TryGetInt32() with
            | true, value when value >= 0 -> Ok value
            | _ -> wrong path element "a whole number of at least 0"
        | _ -> wrong path element "a whole number of at least 0"

    let private property (name: string) (element: JsonElement) : JsonElement option =
        match element.TryGetProperty name with
        | true, value -> Some value
        | false, _ -> None

    let private unknownKeys (prefix: string) (known: string list) (element: JsonElement) : ConfigError list =
        element.EnumerateObject()
        |> Seq.map _.Name
        |> Seq.filter (fun name -> not (List.contains name known))
        |> Seq.map (fun name -> {
            ConfigError.create (prefix + name) ConfigProblem.UnknownKey with
                Suggestion = Suggestion.nearest known name
        })
        |> List.ofSeq

    let private isFolderName (name: string) : bool =
        name <> ""
        && name |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || c = '-' || c = '_')

    let private arm (path: string) (element: JsonElement) : Result<ExperimentArm, ConfigError list> =
        if element.ValueKind <> JsonValueKind.Object then
            wrong path element "an object with a name and a list 'set'"
        else
            let name =
                match property "name" element with
                | None -> missing $"{path}.name"
                | Some value ->
                    text $"{path}.name" value
                    |> Result.bind (fun name ->
                        if isFolderName name then
                            Ok name
                        else
                            wrong $"{path}.name" value "letters, digits, '-' and '_', for it names a folder")

            let sets =
                property "set" element
                |> Option.map (assignments $"{path}.set")
                |> Option.defaultValue (Ok [||])

            Validation.map2 (fun name sets -> { Name = name; Sets = sets }) name sets
            |> Validation.map2 (fun () arm -> arm) (Validation.require (unknownKeys $"{path}." armKeys element) ())

    let private distinct (path: string) (shown: 'T -> string) (values: 'T[]) : Result<'T[], ConfigError list> =
        match values |> Array.countBy shown |> Array.tryFind (fun (_, count) -> count > 1) with
        | Some(twice, _) -> Error [ ConfigError.notAllowed path twice "each once" ]
        | None when values.Length = 0 -> Error [ ConfigError.notAllowed path "[]" "at least one" ]
        | None -> Ok values

    let private ofRoot (root: JsonElement) : Result<ExperimentPlan, ConfigError list> =
        if root.ValueKind <> JsonValueKind.Object then
            Error [ ConfigError.create "" (ConfigProblem.Malformed "is no JSON object") ]
        else
            let required name (read: JsonElement -> Result<'T, ConfigError list>) =
                property name root
                |> Option.map read
                |> Option.defaultWith (fun () -> missing name)

            let seeds =
                required "seeds" (items "seeds" "a list of whole numbers" seed)
                |> Result.bind (distinct "seeds" string)

            let arms =
                required "arms" (items "arms" "a list of arms" arm)
                |> Result.bind (distinct "arms" _.Name)

            let sets =
                property "set" root
                |> Option.map (assignments "set")
                |> Option.defaultValue (Ok [||])

            Validation.map2
                (fun preset (sets, (seeds, arms)) -> {
                    Preset = preset
                    Sets = sets
                    Seeds = seeds
                    Arms = arms
                })
                (required "preset" (text "preset"))
                (Validation.map2 (fun a b -> a, b) sets (Validation.map2 (fun a b -> a, b) seeds arms))
            |> Validation.map2 (fun () plan -> plan) (Validation.require (unknownKeys "" keys root) ())

    /// A plan from its file, or everything that is wrong with it. Comments and trailing commas are allowed.
    [<CompiledName "Read">]
    let read (file: ConfigLayer) : Parsed<ExperimentPlan> =
        try
            use document = JsonDocument.Parse(file.Text, ConfigJson.options)
            ofRoot document.RootElement
        with
        | :? JsonException as error ->
            let line = error.LineNumber.GetValueOrDefault() + 1L

            Error [
                ConfigError.create "" (ConfigProblem.Malformed $"is not valid JSON at line {line}")
            ]
        // Half of a surrogate pair.
        | :? ArgumentException
        | :? InvalidOperationException ->
            Error [
                ConfigError.create "" (ConfigProblem.Malformed "holds text that is no valid Unicode")
            ]
        |> Result.mapError (List.map (ConfigError.from file.FileName))
        |> Parsed.ofErrors
