namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open System.Globalization
open Argu
open GivenOptions

/// The arguments of the commands that make data sets of data sets.
[<RequireQualifiedAccess>]
module internal DataCommands =

    let private formats = [ "coco", DataFormat.Coco; "voc", DataFormat.Voc; "yolo", DataFormat.Yolo ]

    let private formatOf (command: string) (name: string) : Result<DataFormat, CliError> =
        match named formats name with
        | Some format -> Ok format
        | None ->
            let known = formats |> List.map fst |> String.concat ", "
            fail $"{command}: --to is {name}, expected one of {known}"

    /// The data set that the options name. Its reader wants a configuration, of which nothing but the data counts.
    let private source (command: string) (given: ParseResults<'T>) : Result<ConfigChoice, CliError> =
        let choice = OptionTable.choice None given

        if List.exists (ConfigChoice.gives choice) ConfigChoice.dataPaths then
            Ok {
                choice with
                    Preset = Presets.small.Name
            }
        else
            fail $"{command}: --data PATH is missing"

    let private ofConvert (given: ParseResults<DataConvertArgument>) : Result<Command, CliError> =
        let command = "data convert"

        match source command given, formatOf command (given.GetResult DataConvertArgument.To) with
        | Error error, _
        | _, Error error -> Error error
        | Ok choice, Ok format ->
            Command.DataConvert {
                Choice = choice
                Format = format
                Out = given.GetResult DataConvertArgument.Out
                Link = given.Contains DataConvertArgument.Link
            }
            |> Ok

    /// Shares are written with a few decimals: a third is 0.333.
    let private shareTolerance = 0.005

    let private sharesOf (command: string) (text: string) : Result<float[], CliError> =
        let number (word: string) =
            match Double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture) with
            | true, value -> value
            | _ -> nan

        let shares = items (Some text) |> Array.map number
        let sum = Array.sum shares

        if
            (shares.Length = 2 || shares.Length = 3)
            && Array.forall (fun share -> share > 0.0) shares
            && abs (sum - 1.0) <= shareTolerance
        then
            shares |> Array.map (fun share -> share / sum) |> Ok
        else
            fail
                $"{command}: --shares is {text}, expected two or three numbers above 0 that add up to 1, such as 0.8,0.1,0.1"

    let private ofSplit (given: ParseResults<DataSplitArgument>) : Result<Command, CliError> =
        let command = "data split"
        let format = given.GetResult(DataSplitArgument.To, "coco") |> formatOf command

        match source command given, format, given.GetResult DataSplitArgument.Shares |> sharesOf command with
        | Error error, _, _
        | _, Error error, _
        | _, _, Error error -> Error error
        | Ok choice, Ok format, Ok shares ->
            Command.DataSplit {
                Choice = choice
                Shares = shares
                Seed = given.GetResult(DataSplitArgument.Seed, 0)
                Format = format
                Out = given.GetResult DataSplitArgument.Out
                Link = given.Contains DataSplitArgument.Link
            }
            |> Ok

    /// Places on a page that every browser opens at once.
    let private defaultPictures = 200

    let private ofReview (threads: int option) (given: ParseResults<DataReviewArgument>) : Result<Command, CliError> =
        match
            given.TryGetResult DataReviewArgument.Run, given.GetResult(DataReviewArgument.Pictures, defaultPictures)
        with
        | None, _ -> fail "data review: name the folder of a run"
        | _, count when count < 1 -> fail $"data review: --pictures {count} is too few; expected at least 1"
        | Some run, count ->
            Command.DataReview {
                Checkpoint = run
                Choice = OptionTable.choice threads given |> ConfigChoice.replacingData
                Split = given.TryGetResult DataReviewArgument.Split |> orNull
                Out = given.GetResult DataReviewArgument.Out
                Pictures = count
            }
            |> Ok

    let ofData (threads: int option) (given: ParseResults<DataArgument>) : Result<Command, CliError> =
        match given.TryGetSubCommand() with
        | Some(DataArgument.Convert given) -> ofConvert given
        | Some(DataArgument.Split given) -> ofSplit given
        | Some(DataArgument.Review given) -> ofReview threads given
        | None ->
            let known = OptionTable.commands<DataArgument> |> String.concat ", "
            fail $"data: say what to do with data: {known}"
