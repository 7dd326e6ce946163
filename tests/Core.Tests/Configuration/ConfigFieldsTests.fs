module DynamicRcnn.Core.Tests.Configuration.ConfigFieldsTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open FSharp.Reflection

let private config = Presets.all.Head.Config

let rec private leafCount (recordType: Type) : int =
    FSharpType.GetRecordFields recordType
    |> Array.sumBy (fun property ->
        if FSharpType.IsRecord property.PropertyType then
            leafCount property.PropertyType
        else
            1)

[<Tests>]
let tests =
    testList "Configuration.ConfigFields" [
        test "every field of every record is described, and nothing else is" {
            equal (leafCount typeof<Config>) ConfigFields.all.Length

            equal
                []
                (ConfigFields.all
                 |> List.filter (fun field -> field.Meaning = "")
                 |> List.map _.Path)
        }

        test "every type of a field has a kind of its own" {
            let texts =
                ConfigFields.all
                |> List.filter (fun field -> field.Kind = ValueKind.Text)
                |> List.map _.Path

            equal
                [
                    "preset"
                    "data.path"
                    "data.train"
                    "data.val"
                    "data.test"
                    "model.backbone.weights"
                    "run.device"
                ]
                texts
        }

        test "what is set is what is got, and nothing else changes" {
            let other = (Presets.all |> List.last).Config

            for field in ConfigFields.all do
                let changed = field.Set (field.Get other) config
                equal (field.Get other) (field.Get changed)

                for rest in ConfigFields.all do
                    if rest.Path <> field.Path then
                        equal (rest.Get config) (rest.Get changed)
        }

        test "paths are the records' names in camel case" {
            for path in
                [
                    "data.imagesPerStep"
                    "model.roiHead.roisPerImage"
                    "model.backbone.strideIn1x1"
                    "dynamic.initialIoU"
                ] do
                Expect.isTrue (ConfigFields.tryFind path).IsSome path
        }
    ]
