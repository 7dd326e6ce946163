namespace DynamicRcnn.Core

open System
open System.Reflection
open FSharp.Reflection

/// One field of the configuration: its path, what it may be, and how to read and replace it.
[<NoComparison; NoEquality>]
type ConfigField = {
    /// Such as `solver.baseLearningRate`.
    Path: string
    Kind: ValueKind
    Allowed: Allowed
    Meaning: string
    /// Otherwise a change is a change of the mathematics, which a resumed run refuses.
    MayChangeOnResume: bool
    Get: Config -> ConfigValue
    /// Takes a value of the field's kind.
    Set: ConfigValue -> Config -> Config
}

/// Every field of the records of the configuration, found by reflection, so that none can be forgotten.
[<RequireQualifiedAccess>]
module ConfigFields =

    /// Reads and replaces one part of a whole.
    [<NoComparison; NoEquality>]
    type private Lens = {
        Read: obj -> obj
        Write: obj -> obj -> obj
    }

    let private whole = {
        Read = id
        Write = fun part _ -> part
    }

    let private camelCase (name: string) : string =
        if name.StartsWith("RoI", StringComparison.Ordinal) then
            "roi" + name.Substring 3
        else
            string (Char.ToLowerInvariant name[0]) + name.Substring 1

    /// A record's text that was never set counts as empty.
    let private notNull (value: obj | null) : obj =
        match value with
        | null -> "" :> obj
        | value -> value

    /// The fields of a record as (path, property, lens), nested records opened.
    let rec private leaves (prefix: string) (lens: Lens) (recordType: Type) : (string * PropertyInfo * Lens) list =
        let values = FSharpValue.PreComputeRecordReader recordType
        let make = FSharpValue.PreComputeRecordConstructor recordType

        [
            for index, property in Array.indexed (FSharpType.GetRecordFields recordType) do
                let path = prefix + camelCase property.Name
                let value = FSharpValue.PreComputeRecordFieldReader property

                let part = {
                    Read = fun whole -> lens.Read whole |> value |> notNull
                    Write =
                        fun part whole ->
                            let values = values (lens.Read whole)
                            values[index] <- part
                            lens.Write (make values |> notNull) whole
                }

                if FSharpType.IsRecord property.PropertyType then
                    yield! leaves (path + ".") part property.PropertyType
                else
                    path, property, part
        ]

    let private caseNames (unionType: Type) : string list =
        FSharpType.GetUnionCases unionType |> Array.map _.Name |> List.ofArray

    let private kindOf (fieldType: Type) : ValueKind =
        if fieldType = typeof<bool> then
            ValueKind.Bool
        elif fieldType = typeof<int> then
            ValueKind.Int
        elif fieldType = typeof<float> then
            ValueKind.Float
        elif fieldType = typeof<int[]> then
            ValueKind.Ints
        elif fieldType = typeof<float[]> then
            ValueKind.Floats
        elif FSharpType.IsUnion fieldType then
            ValueKind.Name(caseNames fieldType)
        else
            ValueKind.Text

    /// A union's value as its case, by numbers computed once.
    let private nameOf (fieldType: Type) : obj -> ConfigValue =
        let names = Array.ofList (caseNames fieldType)
        let tag = FSharpValue.PreComputeUnionTagReader fieldType
        fun value -> ConfigValue.Name names[tag value]

    let private ofObject (fieldType: Type) : obj -> ConfigValue =
        let name =
            if FSharpType.IsUnion fieldType then
                nameOf fieldType
            else
                fun value -> ConfigValue.Text(string value)

        fun value ->
            match value with
            | :? bool as value -> ConfigValue.Bool value
            | :? int as value -> ConfigValue.Int value
            | :? float as value -> ConfigValue.Float value
            | :? (int[]) as values -> ConfigValue.Ints(List.ofArray values)
            | :? (float[]) as values -> ConfigValue.Floats(List.ofArray values)
            | :? string as value -> ConfigValue.Text value
            | value -> name value

    let private cases (fieldType: Type) : Map<string, obj | null> =
        if FSharpType.IsUnion fieldType then
            FSharpType.GetUnionCases fieldType
            |> Array.map (fun case -> case.Name, FSharpValue.MakeUnion(case, [||]))
            |> Map.ofArray
        else
            Map.empty

    let private toObject (fieldType: Type) : ConfigValue -> obj =
        let cases = cases fieldType

        fun value ->
            let boxed: obj | null =
                match value with
                | ConfigValue.Bool value -> box value
                | ConfigValue.Int value -> box value
                | ConfigValue.Float value -> box value
                | ConfigValue.Text value -> box value
                | ConfigValue.Ints values -> box (Array.ofList values)
                | ConfigValue.Floats values -> box (Array.ofList values)
                | ConfigValue.Name name -> Map.tryFind name cases |> Option.defaultValue (box name)

            notNull boxed

    let private attribute<'A when 'A :> Attribute> (property: PropertyInfo) : 'A option =
        property.GetCustomAttributes(typeof<'A>, true) |> Seq.cast<'A> |> Seq.tryHead

    let private allowed (property: PropertyInfo) : Allowed =
        let item =
            attribute<RangeAttribute> property
            |> Option.map _.Allowed
            |> Option.defaultValue Allowed.Anything

        match attribute<ItemsAttribute> property with
        | Some items -> items.Of item
        | None -> item

    let private field (path: string, property: PropertyInfo, lens: Lens) : ConfigField =
        let text = attribute<FieldAttribute> property

        let ofObject, toObject =
            ofObject property.PropertyType, toObject property.PropertyType

        {
            Path = path
            Kind = kindOf property.PropertyType
            Allowed = allowed property
            Meaning = text |> Option.map _.Meaning |> Option.defaultValue ""
            MayChangeOnResume = text |> Option.exists _.MayChangeOnResume
            Get = fun config -> lens.Read config |> ofObject
            Set = fun value config -> lens.Write (toObject value) config :?> Config
        }

    /// In the order of the records.
    let all: ConfigField list = leaves "" whole typeof<Config> |> List.map field

    let paths: string list = all |> List.map _.Path

    /// The paths of the nested records: `data`, `model`, `model.backbone`, ...
    let sections: string list =
        let rec enclosing (path: string) : string list =
            match path.LastIndexOf '.' with
            | -1 -> []
            | index -> path.Substring(0, index) :: enclosing (path.Substring(0, index))

        paths |> List.collect enclosing |> List.distinct

    let private byPath = all |> List.map (fun field -> field.Path, field) |> dict

    let tryFind (path: string) : ConfigField option =
        match byPath.TryGetValue path with
        | true, field -> Some field
        | false, _ -> None

    /// The error about a path that names no field, with the nearest one that does.
    let unknown (path: string) : ConfigError = {
        ConfigError.create path ConfigProblem.UnknownKey with
            Suggestion = Suggestion.nearestPath (paths @ sections) path
    }

    /// The kind and the range in words.
    let expected (field: ConfigField) : string =
        let kind = ConfigValue.expected field.Kind

        match field.Kind, field.Allowed with
        | _, Allowed.Anything -> kind
        | ValueKind.Text, allowed -> ValueRange.describe allowed
        | _, allowed -> $"{kind}, {ValueRange.describe allowed}"

    /// The errors of one value on its own.
    let check (config: Config) (field: ConfigField) : ConfigError list =
        let value = field.Get config

        if ValueRange.holds field.Allowed value then
            []
        else
            [ ConfigError.notAllowed field.Path (ConfigValue.text value) (expected field) ]
