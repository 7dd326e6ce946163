namespace DynamicRcnn.Core

open System
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// A value that somebody wrote, and where.
[<NoComparison; NoEquality>]
type internal Given = {
    Field: ConfigField
    Value: ConfigValue
    /// A file's name, `--set` or an option.
    Origin: string
}

/// What a configuration file says.
[<NoComparison; NoEquality>]
type internal ConfigDocument = {
    Values: Given list
    /// Path and origin of each value, as a run's config.json records them.
    Origins: Map<string, string>
}

/// The JSON form of a configuration: sections as objects, and in a run's config.json an object `origins` beside them.
[<RequireQualifiedAccess>]
module internal ConfigJson =

    let originsKey = "origins"

    /// Keys at the top that are no fields; `$schema` is for editors.
    let private otherKeys = [ originsKey; "$schema" ]

    let options =
        JsonDocumentOptions(AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip)

    /// What a message quotes of a value.
    let quoted (element: JsonElement) : string =
        let longest = 60
        let text = element.GetRawText()

        if text.Length <= longest then
            text
        else
            text.Substring(0, longest) + "..."

    let private tryNumber (element: JsonElement) : float option =
        match element.ValueKind with
        | JsonValueKind.Number ->
            match element.TryGetDouble() with
            | true, value when Double.IsFinite value -> Some value
            | _ -> None
        | _ -> None

    /// 2000, 2e3 and 2000.0 are the same whole number.
    let private tryInt (element: JsonElement) : int option =
        tryNumber element
        |> Option.filter (fun value ->
            Math.Truncate value = value
            && value >= float Int32.MinValue
            && value <= float Int32.MaxValue)
        |> Option.map int

    let private tryText (element: JsonElement) : string option =
        match element.ValueKind with
        | JsonValueKind.String -> element.GetString() |> Option.ofObj
        | _ -> None

    let private tryList (choose: JsonElement -> 'T option) (element: JsonElement) : 'T list option =
        match element.ValueKind with
        | JsonValueKind.Array -> element.EnumerateArray() |> List.ofSeq |> ConfigValue.traverse choose
        | _ -> None

    let private tryValue (kind: ValueKind) (element: JsonElement) : ConfigValue option =
        match kind with
        | ValueKind.Bool ->
            match element.ValueKind with
            | JsonValueKind.True -> Some(ConfigValue.Bool true)
            | JsonValueKind.False -> Some(ConfigValue.Bool false)
            | _ -> None
        | ValueKind.Int -> tryInt element |> Option.map ConfigValue.Int
        | ValueKind.Float -> tryNumber element |> Option.map ConfigValue.Float
        | ValueKind.Text -> tryText element |> Option.map ConfigValue.Text
        | ValueKind.Ints -> tryList tryInt element |> Option.map ConfigValue.Ints
        | ValueKind.Floats -> tryList tryNumber element |> Option.map ConfigValue.Floats
        | ValueKind.Name names ->
            tryText element
            |> Option.bind (ConfigValue.tryName names)
            |> Option.map ConfigValue.Name

    let private isSection (path: string) : bool =
        List.contains path ConfigFields.sections

    let private properties (element: JsonElement) : JsonProperty list = element.EnumerateObject() |> List.ofSeq

    /// Every key below an element with the value it gives to a field, or what is wrong with it; a section gives none.
    let rec private walk
        (fileName: string)
        (prefix: string)
        (element: JsonElement)
        : (string * Result<Given option, ConfigError list>) list =
        properties element
        |> List.collect (fun property ->
            let path = prefix + property.Name

            let wrong (expected: string) =
                Error [ ConfigError.notAllowed path (quoted property.Value) expected ]

            match ConfigFields.tryFind path with
            | Some field ->
                let given =
                    match tryValue field.Kind property.Value with
                    | Some value ->
                        Ok(
                            Some {
                                Field = field
                                Value = value
                                Origin = fileName
                            }
                        )
                    | None -> wrong (ConfigFields.expected field)

                [ path, given ]
            | None when isSection path && property.Value.ValueKind = JsonValueKind.Object ->
                (path, Ok None) :: walk fileName (path + ".") property.Value
            | None when isSection path -> [ path, wrong "an object with the section's fields" ]
            | None when prefix = "" && List.contains path otherKeys -> [ path, Ok None ]
            | None -> [ path, Error [ ConfigError.create path ConfigProblem.UnknownKey ] ])

    /// Looking for the nearest name costs more than reading; a file of strange keys is another file, not a slip of the pen.
    let private mostSuggestions = 20

    let private withSuggestions (errors: ConfigError list) : ConfigError list =
        let suggest (left: int) (error: ConfigError) : ConfigError * int =
            match error.Problem with
            | ConfigProblem.UnknownKey when left > 0 -> ConfigFields.unknown error.Path, left - 1
            | _ -> error, left

        errors |> List.mapFold suggest mostSuggestions |> fst

    let private readOrigins (root: JsonElement) : Result<Map<string, string>, ConfigError list> =
        match root.TryGetProperty originsKey with
        | true, origins when origins.ValueKind = JsonValueKind.Object ->
            properties origins
            |> List.choose (fun property -> tryText property.Value |> Option.map (fun text -> property.Name, text))
            |> Map.ofList
            |> Ok
        | true, other ->
            Error [
                ConfigError.notAllowed originsKey (quoted other) "an object of paths and origins"
            ]
        | false, _ -> Ok Map.empty

    let private malformed (reason: string) : Result<ConfigDocument, ConfigError list> =
        Error [ ConfigError.create "" (ConfigProblem.Malformed reason) ]

    let private readRoot (fileName: string) (root: JsonElement) : Result<ConfigDocument, ConfigError list> =
        match root.ValueKind with
        | JsonValueKind.Object ->
            let entries = walk fileName "" root

            let twice =
                entries
                |> List.countBy fst
                |> List.filter (fun (_, count) -> count > 1)
                |> List.map (fun (path, _) -> ConfigError.create path (ConfigProblem.GivenTwice ""))

            let values =
                entries |> List.map snd |> Validation.gather |> Result.map (List.choose id)

            Validation.map2 (fun values () -> values) values (Validation.require twice ())
            |> Validation.map2 (fun origins values -> { Values = values; Origins = origins }) (readOrigins root)
            |> Result.mapError withSuggestions
        | _ -> malformed "is no JSON object"

    /// Line and column count from 1.
    let private describe (error: JsonException) : string =
        let line = error.LineNumber.GetValueOrDefault() + 1L
        let column = error.BytePositionInLine.GetValueOrDefault() + 1L
        $"is not valid JSON at line {line}, column {column}"

    /// The values of a configuration file, or everything that is wrong with it. Comments and trailing commas are allowed.
    let read (layer: ConfigLayer) : Result<ConfigDocument, ConfigError list> =
        let parsed =
            try
                use document = JsonDocument.Parse(layer.Text, options)
                readRoot layer.FileName document.RootElement
            with
            | :? JsonException as error -> malformed (describe error)
            // Half of a surrogate pair, in the text or escaped in one of its strings.
            | :? ArgumentException
            | :? InvalidOperationException -> malformed "holds text that is no valid Unicode"

        parsed |> Result.mapError (List.map (ConfigError.from layer.FileName))

    let private writeValue (writer: Utf8JsonWriter) (name: string) (value: ConfigValue) : unit =
        match value with
        | ConfigValue.Bool value -> writer.WriteBoolean(name, value)
        | ConfigValue.Int value -> writer.WriteNumber(name, value)
        | ConfigValue.Float value -> writer.WriteNumber(name, value)
        | ConfigValue.Text value
        | ConfigValue.Name value -> writer.WriteString(name, value)
        | ConfigValue.Ints _
        | ConfigValue.Floats _ ->
            writer.WritePropertyName name
            writer.WriteRawValue(ConfigValue.text value)

    /// Fields with the parts of their paths below this section, in order.
    let rec private writeSection (writer: Utf8JsonWriter) (fields: (string list * ConfigValue) list) : unit =
        for name, inner in fields |> List.groupBy (fst >> List.head) do
            match inner with
            | [ [ _ ], value ] -> writeValue writer name value
            | inner ->
                writer.WriteStartObject name
                writeSection writer (inner |> List.map (fun (parts, value) -> List.tail parts, value))
                writer.WriteEndObject()

    /// Every value, and the origin of each.
    let write (resolved: ResolvedConfig) : string =
        use stream = new MemoryStream()

        do
            let options =
                JsonWriterOptions(Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

            use writer = new Utf8JsonWriter(stream, options)
            writer.WriteStartObject()

            ConfigFields.all
            |> List.map (fun field -> List.ofArray (field.Path.Split '.'), field.Get resolved.Config)
            |> writeSection writer

            writer.WriteStartObject originsKey

            for origin in resolved.Origins do
                writer.WriteString(origin.Path, origin.Origin)

            writer.WriteEndObject()
            writer.WriteEndObject()

        Encoding.UTF8.GetString(stream.ToArray()) + "\n"
