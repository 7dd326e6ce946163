namespace DynamicRcnn.Core

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json

/// docs/config.md and docs/config.schema.json, generated from the fields and the presets.
[<RequireQualifiedAccess>]
module ConfigDocs =

    let private sectionOf (field: ConfigField) : string =
        match field.Path.LastIndexOf '.' with
        | -1 -> ""
        | index -> field.Path.Substring(0, index)

    let private code (text: string) : string =
        if text = "" then "(empty)" else $"`{text}`"

    let private cell (text: string) : string = text.Replace("|", "\\|")

    let private typeName (kind: ValueKind) : string =
        match kind with
        | ValueKind.Bool -> "bool"
        | ValueKind.Int -> "int"
        | ValueKind.Float -> "float"
        | ValueKind.Text -> "text"
        | ValueKind.Ints -> "ints"
        | ValueKind.Floats -> "floats"
        | ValueKind.Name _ -> "name"

    let private allowed (field: ConfigField) : string =
        match field.Kind, field.Allowed with
        | ValueKind.Name names, _ -> String.concat ", " names
        | _, Allowed.Anything -> ""
        | _, allowed -> ValueRange.describe allowed

    /// Names of presets, whole families by their pattern.
    let private namesOf (presets: Preset list) : string =
        let families = [
            "official-*", (fun (name: string) -> name.StartsWith("official-", StringComparison.Ordinal))
            "mmdet-*", (fun (name: string) -> name.StartsWith("mmdet-", StringComparison.Ordinal))
            "*-baseline", (fun (name: string) -> name.EndsWith("-baseline", StringComparison.Ordinal))
        ]

        let names = presets |> List.map _.Name

        let whole =
            families
            |> List.filter (fun (_, belongs) ->
                Presets.names
                |> List.filter belongs
                |> List.forall (fun name -> List.contains name names))

        let single =
            names
            |> List.filter (fun name -> whole |> List.forall (fun (_, belongs) -> not (belongs name)))

        single @ List.map fst whole |> String.concat ", "

    /// The value of most presets, then the ones that differ.
    let private defaults (field: ConfigField) : string =
        let groups =
            Presets.all
            |> List.groupBy (fun preset -> ConfigValue.text (field.Get preset.Config))
            |> List.sortByDescending (fun (_, presets) -> presets.Length)

        let exceptions =
            groups
            |> List.skip 1
            |> List.map (fun (value, presets) -> code value + " " + namesOf presets)

        match groups with
        | (common, _) :: _ when exceptions.Length < Presets.all.Length - 1 ->
            String.concat "; " (code common :: exceptions)
        | _ -> "the preset's name"

    let private row (field: ConfigField) : string =
        let resume = if field.MayChangeOnResume then "yes" else ""

        [
            code field.Path
            typeName field.Kind
            defaults field
            allowed field
            field.Meaning
            resume
        ]
        |> List.map cell
        |> String.concat " | "
        |> fun cells -> $"| {cells} |"

    let private section (name: string, fields: ConfigField list) : string list =
        let title = if name = "" then "Top" else $"`{name}`"

        [
            $"## {title}"
            ""
            "| path | type | default | allowed | meaning | resume |"
            "|---|---|---|---|---|---|"
        ]
        @ List.map row fields
        @ [ "" ]

    let private presetRow (preset: Preset) : string =
        let ap =
            if preset.PublishedAP.HasValue then
                preset.PublishedAP.Value.ToString("F1", CultureInfo.InvariantCulture)
            else
                ""

        $"| `{preset.Name}` | {preset.Purpose} | {preset.Use} | {ap} |"

    /// docs/config.md.
    let markdown () : string =
        [
            "# Configuration"
            ""
            "Generated from the attributes of the configuration's records (`core-fs/DynamicRcnn.Core/Configuration/Config.fs` and its like) and the presets; a test compares it."
            "To write it anew: `DRCNN_WRITE_DOCS=1 dotnet run -c Release --project tests/Core.Tests`."
            ""
            "A configuration is a preset, changed by a JSON file (`--config FILE`, sections as objects, only what differs), by"
            "options such as `--iterations`, and by `--set path=value`. Later wins; `drcnn config PRESET` prints the result."
            "Lists are written `1,2,3` or `[1, 2, 3]`. When `solver.iterations` is given and `solver.milestones` is not, the"
            "milestones keep their place in a new run; a resumed one keeps the milestones that it began with, and goes on at its last"
            "learning rate when it is given more iterations. `solver.scaleSchedule=true` adapts learning rate and length to"
            "`data.imagesPerStep`. A run's `config.json` records every value and where it came from."
            "`config.schema.json` beside this file lets editors check a configuration file (`\"$schema\"`)."
            ""
            "\"default\" is the value of most presets, then the presets that differ (`*` stands for any text). \"resume\": a resumed run may change it; a change"
            "of anything else is refused."
            ""
            "## Presets"
            ""
            "| name | purpose | use | published AP |"
            "|---|---|---|---|"
        ]
        @ List.map presetRow Presets.all
        @ [ "" ]
        @ (ConfigFields.all |> List.groupBy sectionOf |> List.collect section)
        |> String.concat "\n"

    let private writeAllowed (writer: Utf8JsonWriter) (allowed: Allowed) : unit =
        let write (key: string) (value: float) = writer.WriteNumber(key, value)

        match allowed with
        | Allowed.Anything -> ()
        | Allowed.AtLeast low -> write "minimum" low
        | Allowed.MoreThan low -> write "exclusiveMinimum" low
        | Allowed.Between(low, high) ->
            write "minimum" low
            write "maximum" high
        | Allowed.FromBelow(low, high) ->
            write "minimum" low
            write "exclusiveMaximum" high
        | Allowed.MoreThanUpTo(low, high) ->
            write "exclusiveMinimum" low
            write "maximum" high
        | Allowed.OneOf values ->
            writer.WriteStartArray "enum"
            values |> List.iter writer.WriteNumberValue
            writer.WriteEndArray()
        | Allowed.Device -> writer.WriteString("pattern", "^(auto|cpu|cuda(:[0-9]+)?)$")
        | Allowed.Exactly(count, _) ->
            writer.WriteNumber("minItems", count)
            writer.WriteNumber("maxItems", count)
        | Allowed.NonEmpty _ -> writer.WriteNumber("minItems", 1)
        | Allowed.Ascending _ -> writer.WriteBoolean("uniqueItems", true)

    /// What each item of a list is allowed to be.
    let private itemOf (allowed: Allowed) : Allowed =
        match allowed with
        | Allowed.Exactly(_, item)
        | Allowed.NonEmpty item
        | Allowed.Ascending item -> item
        | item -> item

    let private writeList (writer: Utf8JsonWriter) (itemType: string) (allowed: Allowed) : unit =
        writer.WriteString("type", "array")
        writer.WriteStartObject "items"
        writer.WriteString("type", itemType)
        writeAllowed writer (itemOf allowed)
        writer.WriteEndObject()

    let private writeField (writer: Utf8JsonWriter) (name: string) (field: ConfigField) : unit =
        let typed (name: string) = writer.WriteString("type", name)

        writer.WriteStartObject name
        writer.WriteString("description", field.Meaning)

        match field.Kind with
        | ValueKind.Bool -> typed "boolean"
        | ValueKind.Int -> typed "integer"
        | ValueKind.Float -> typed "number"
        | ValueKind.Text -> typed "string"
        | ValueKind.Ints -> writeList writer "integer" field.Allowed
        | ValueKind.Floats -> writeList writer "number" field.Allowed
        | ValueKind.Name names ->
            writer.WriteStartArray "enum"
            names |> List.iter writer.WriteStringValue
            writer.WriteEndArray()

        match field.Kind, field.Allowed with
        | (ValueKind.Ints | ValueKind.Floats), allowed when itemOf allowed = allowed -> ()
        | _, allowed -> writeAllowed writer allowed

        writer.WriteEndObject()

    let private writeObject (writer: Utf8JsonWriter) (writeProperties: unit -> unit) : unit =
        writer.WriteString("type", "object")
        writer.WriteBoolean("additionalProperties", false)
        writer.WriteStartObject "properties"
        writeProperties ()
        writer.WriteEndObject()

    let rec private writeSection (writer: Utf8JsonWriter) (fields: (string list * ConfigField) list) : unit =
        for name, inner in fields |> List.groupBy (fst >> List.head) do
            match inner with
            | [ [ _ ], field ] -> writeField writer name field
            | inner ->
                writer.WriteStartObject name

                writeObject writer (fun () ->
                    writeSection writer (inner |> List.map (fun (parts, field) -> List.tail parts, field)))

                writer.WriteEndObject()

    /// Keys beside the fields: the schema's own address, and the origins that a run's config.json records.
    let private writeOtherKeys (writer: Utf8JsonWriter) : unit =
        writer.WriteStartObject "$schema"
        writer.WriteString("type", "string")
        writer.WriteEndObject()
        writer.WriteStartObject ConfigJson.originsKey
        writer.WriteString("type", "object")
        writer.WriteEndObject()

    /// docs/config.schema.json.
    let schema () : string =
        use stream = new MemoryStream()

        do
            let options =
                JsonWriterOptions(Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

            use writer = new Utf8JsonWriter(stream, options)
            writer.WriteStartObject()
            writer.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema")
            writer.WriteString("title", "A configuration of DynamicRcnn")

            writeObject writer (fun () ->
                writeOtherKeys writer

                ConfigFields.all
                |> List.map (fun field -> List.ofArray (field.Path.Split '.'), field)
                |> writeSection writer)

            writer.WriteEndObject()

        Encoding.UTF8.GetString(stream.ToArray()) + "\n"
