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

    let private classes = 5

    /// "10-28", or one number for both ends.
    let private rangeOf
        (option: string)
        (lowest: float)
        (highest: float)
        (text: string)
        : Result<float * float, CliError> =
        let ends = text.Split('-') |> Array.map (fun part -> part.Trim() |> number)

        match ends with
        | [| Some low |] when low >= lowest && low <= highest -> Ok(low, low)
        | [| Some low; Some high |] when low >= lowest && low <= high && high <= highest -> Ok(low, high)
        | _ ->
            fail
                $"data draw: {option} is {text}, expected a range within {lowest} to {highest}, such as {lowest + 1.0}-{lowest + 2.0}"

    let private classSharesOf (text: string) : Result<float[], CliError> =
        let shares = items (Some text) |> Array.choose number

        if
            shares.Length = classes
            && shares.Length = (items (Some text)).Length
            && Array.forall (fun share -> share >= 0.0 && Double.IsFinite share) shares
            && Array.sum shares > 0.0
        then
            Ok shares
        else
            fail
                $"data draw: --class-shares is {text}, expected {classes} numbers of at least 0, not all 0, such as 60,20,14,5,1"

    let private noiseOf (text: string) : Result<float, CliError> =
        match number text with
        | Some share when share >= 0.0 && share <= 1.0 / 3.0 -> Ok share
        | _ -> fail $"data draw: --label-noise is {text}, expected a share from 0 to 0.333, such as 0.1"

    let private countOf (option: string) (count: int) : Result<int, CliError> =
        if count >= 1 then
            Ok count
        else
            fail $"data draw: {option} is {count}, expected at least 1"

    let private ofDraw (given: ParseResults<DataDrawArgument>) : Result<Command, CliError> =
        let objects =
            given.GetResult(DataDrawArgument.Objects, "3-20")
            |> rangeOf "--objects" 1.0 200.0

        let sizes =
            given.GetResult(DataDrawArgument.Sizes, "16-112") |> rangeOf "--sizes" 4.0 256.0

        let shares =
            given.GetResult(DataDrawArgument.Class_Shares, "1,1,1,1,1") |> classSharesOf

        let noise = given.GetResult(DataDrawArgument.Label_Noise, "0") |> noiseOf
        let images = given.GetResult(DataDrawArgument.Images, 600) |> countOf "--images"

        let validation =
            given.GetResult(DataDrawArgument.Val_Images, 100) |> countOf "--val-images"

        match objects, sizes, shares, noise, images, validation with
        | Ok(fewest, most), Ok(smallest, largest), Ok shares, Ok noise, Ok images, Ok validation ->
            Command.DataDraw {
                Seed = given.GetResult(DataDrawArgument.Seed, 1)
                Images = images
                ValidationImages = validation
                Objects = struct (int fewest, int most)
                Sizes = struct (smallest, largest)
                ClassShares = shares
                LabelNoise = noise
                Out = given.GetResult DataDrawArgument.Out
            }
            |> Ok
        | Error error, _, _, _, _, _
        | _, Error error, _, _, _, _
        | _, _, Error error, _, _, _
        | _, _, _, Error error, _, _
        | _, _, _, _, Error error, _
        | _, _, _, _, _, Error error -> Error error

    let ofData (threads: int option) (given: ParseResults<DataArgument>) : Result<Command, CliError> =
        match given.TryGetSubCommand() with
        | Some(DataArgument.Convert given) -> ofConvert given
        | Some(DataArgument.Split given) -> ofSplit given
        | Some(DataArgument.Review given) -> ofReview threads given
        | Some(DataArgument.Draw given) -> ofDraw given
        | None ->
            let known = OptionTable.commands<DataArgument> |> String.concat ", "
            fail $"data: say what to do with data: {known}"
