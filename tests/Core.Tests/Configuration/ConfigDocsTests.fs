module DynamicRcnn.Core.Tests.Configuration.ConfigDocsTests

open System
open System.IO
open System.Text.Json
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

/// With this set the tests write the files instead of comparing them.
let private writeSwitch = "DRCNN_WRITE_DOCS"

let private isCommitted (name: string) (generated: string) : unit =
    let path = Repository.path [ "docs"; name ]

    if Environment.GetEnvironmentVariable writeSwitch = "1" then
        File.WriteAllText(path, generated)

    Expect.isTrue
        (File.Exists path && File.ReadAllText path = generated)
        $"docs/{name} is not what the fields and presets say; run: {writeSwitch}=1 dotnet run -c Release --project tests/Core.Tests"

[<Tests>]
let tests =
    testList "Configuration.ConfigDocs" [
        test "docs/config.md is up to date" { isCommitted "config.md" (ConfigDocs.markdown ()) }

        test "docs/config.schema.json is up to date" { isCommitted "config.schema.json" (ConfigDocs.schema ()) }

        test "every field has a row with the value of every preset" {
            let rows = (ConfigDocs.markdown ()).Split '\n'

            for field in ConfigFields.all do
                let row = rows |> Array.filter _.StartsWith($"| `{field.Path}` |") |> single

                if field.Path <> "preset" then
                    for preset in Presets.all do
                        let value = ConfigValue.text (field.Get preset.Config)
                        containsText (if value = "" then "(empty)" else $"`{value}`") row
        }

        test "the schema knows every field and nothing else" {
            use schema = JsonDocument.Parse(ConfigDocs.schema ())

            let rec paths (prefix: string) (element: JsonElement) : string list =
                element.GetProperty("properties").EnumerateObject()
                |> List.ofSeq
                |> List.collect (fun property ->
                    match property.Value.TryGetProperty "properties" with
                    | true, _ -> paths (prefix + property.Name + ".") property.Value
                    | false, _ -> [ prefix + property.Name ])

            equal ("$schema" :: "origins" :: ConfigFields.paths) (paths "" schema.RootElement)
        }
    ]
