module DynamicRcnn.Core.Tests.Config.ConfigFieldsTests

open System
open DynamicRcnn.Core
open FSharp.Reflection
open Xunit

let private config = Presets.all.Head.Config

let rec private leafCount (recordType: Type) : int =
    FSharpType.GetRecordFields recordType
    |> Array.sumBy (fun property ->
        if FSharpType.IsRecord property.PropertyType then
            leafCount property.PropertyType
        else
            1)

[<Fact>]
let ``every field of every record is described, and nothing else is`` () =
    Assert.Equal(leafCount typeof<Config>, ConfigFields.all.Length)

    Assert.Equal<string list>(
        [],
        ConfigFields.all
        |> List.filter (fun field -> field.Meaning = "")
        |> List.map _.Path
    )

    // Same order, so that the records, the texts and docs/config.md read alike.
    Assert.Equal<string list>(ConfigFields.paths, ConfigFieldText.all |> List.map _.Path)

[<Fact>]
let ``paths that may change on resume exist`` () =
    let unknown = ConfigFieldText.mayChangeOnResume - Set ConfigFields.paths
    Assert.Equal<Set<string>>(Set.empty, unknown)

[<Fact>]
let ``every type of a field has a kind of its own`` () =
    let texts =
        ConfigFields.all
        |> List.filter (fun field -> field.Kind = ValueKind.Text)
        |> List.map _.Path

    Assert.Equal<string list>(
        [
            "preset"
            "data.path"
            "data.train"
            "data.val"
            "data.test"
            "model.backbone.weights"
            "run.device"
        ],
        texts
    )

[<Fact>]
let ``what is set is what is got, and nothing else changes`` () =
    let other = (Presets.all |> List.last).Config

    for field in ConfigFields.all do
        let changed = field.Set (field.Get other) config
        Assert.Equal(field.Get other, field.Get changed)

        for rest in ConfigFields.all do
            if rest.Path <> field.Path then
                Assert.Equal(rest.Get config, rest.Get changed)

[<Fact>]
let ``paths are the records' names in camel case`` () =
    for path in
        [
            "data.imagesPerStep"
            "model.roiHead.roisPerImage"
            "model.backbone.strideIn1x1"
            "dynamic.initialIoU"
        ] do
        Assert.True((ConfigFields.tryFind path).IsSome, path)
