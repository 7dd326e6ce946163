namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open Argu
open GivenOptions

/// The arguments of the commands that write a detector's file in another form.
[<RequireQualifiedAccess>]
module internal ConversionCommands =

    let private weightNames = [
        "ours", WeightNames.Ours
        "official", WeightNames.Official
        "mmdet", WeightNames.MMDetection
        "mmdet1", WeightNames.MMDetection1
        "detectron2", WeightNames.Detectron2
        "torchvision", WeightNames.Torchvision
    ]

    let private formats = [ ".safetensors"; ".pth" ]

    let ofConvert (given: ParseResults<ConvertArgument>) : Result<Command, CliError> =
        let names = given.GetResult(ConvertArgument.Names, "ours")

        let hasFormat (file: string) =
            formats
            |> List.exists (fun ending -> file.EndsWith(ending, StringComparison.OrdinalIgnoreCase))

        match given.GetResults ConvertArgument.Files |> List.concat, named weightNames names with
        | _, None ->
            let known = weightNames |> List.map fst |> String.concat ", "
            fail $"convert: --names is {names}, expected one of {known}"
        | [ _; output ], _ when not (hasFormat output) ->
            let known = String.concat " or " formats
            fail $"convert: {output}: the output's extension says its format, expected {known}"
        | [ input; output ], Some names ->
            Command.Convert {
                Input = input
                Output = output
                Names = names
                Choice = OptionTable.choice None given
                Classes = given.TryGetResult ConvertArgument.Classes |> orNull
            }
            |> Ok
        | files, _ -> fail $"convert: expected two files, the input and the output, got {files.Length}"

    let ofExport (threads: int option) (given: ParseResults<ExportArgument>) : Result<Command, CliError> =
        let kind = given.GetResult(ExportArgument.Input, "picture")
        let raw = given.Contains ExportArgument.Raw
        let pictures = given.GetResults ExportArgument.Check

        match given.GetResults ExportArgument.Files |> List.concat with
        | _ when kind <> "picture" && kind <> "float" -> fail $"export: --input is {kind}, expected picture or float"
        | _ when not pictures.IsEmpty && (raw || kind = "float") ->
            fail "export: --check compares what is found in pictures, so neither --raw nor --input float goes with it"
        | [ _; output ] when not (output.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) ->
            fail $"export: {output}: expected a name that ends in .onnx"
        | [ input; output ] ->
            Command.Export {
                Input = input
                Output = output
                FromTensor = (kind = "float")
                Raw = raw
                Check = Array.ofList pictures
                Choice = OptionTable.choice threads given
                Classes = given.TryGetResult ExportArgument.Classes |> orNull
            }
            |> Ok
        | files -> fail $"export: expected two files, the detector and the output, got {files.Length}"
