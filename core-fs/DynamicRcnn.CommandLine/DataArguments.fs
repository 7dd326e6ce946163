namespace DynamicRcnn.CommandLine

open Argu

[<RequireQualifiedAccess>]
type internal DataConvertArgument =
    | [<Unique; Means "data set."; Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Mandatory; Unique; Means(Meaning.DataFormat)>] To of FORMAT: string
    | [<Mandatory; Unique; Means(Meaning.DataOut)>] Out of DIR: string
    | [<Unique; Means(Meaning.Link)>] Link

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal DataSplitArgument =
    | [<Unique; Means "data set; the splits that it has are put together first."; Sets "data.path">] Data of
        PATH: string
    | [<Mandatory; Unique; Means "share of train and val, or of train, val and test, such as 0.8,0.1,0.1.">] Shares of
        LIST: string
    | [<Unique; Means "seed of the split (0); the same seed makes the same split.">] Seed of N: int
    | [<Unique; Means "layout that is written: coco (default), voc or yolo.">] To of FORMAT: string
    | [<Mandatory; Unique; Means(Meaning.DataOut)>] Out of DIR: string
    | [<Unique; Means(Meaning.Link)>] Link

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal DataDrawArgument =
    | [<Unique; Means "images of the split train (600).">] Images of N: int
    | [<Unique; Means "images of the split val (100).">] Val_Images of N: int
    | [<Unique; Means "objects of an image, such as 1-3 (3-20); fewer only where no room is left.">] Objects of
        RANGE: string
    | [<Unique; Means "diameters of the objects in pixels, such as 10-28 (16-112); images are 192 to 256 pixels a side.">] Sizes of
        RANGE: string
    | [<Unique; Means "how often disc, square, triangle, star and ring come, such as 60,20,14,5,1.">] Class_Shares of
        LIST: string
    | [<Unique;
        Means "share of the training labels that is missing, as many of another class, as many badly placed (0).">] Label_Noise of
        SHARE: string
    | [<Unique; Means "seed of the pictures (1); the same seed draws the same.">] Seed of N: int
    | [<Mandatory; Unique; Means(Meaning.DataOut)>] Out of DIR: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal DataReviewArgument =
    | [<Unique; Means "data set; the run's own unless told otherwise."; Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Unique; Means "this split alone.">] Split of NAME: string
    | [<Mandatory; Unique; Means "folder for review.html and review.json; nothing in it is overwritten.">] Out of
        DIR: string
    | [<Unique; Means "places on the page, at most (200); the list has all.">] Pictures of N: int
    | [<Unique; Means(Meaning.Device); Sets "run.device">] Device of DEVICE: string
    | [<Means(Meaning.OverDetector)>] Set of ASSIGNMENT: string
    | [<MainCommand; Unique; Means "a run or a checkpoint.">] Run of RUN: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal DataArgument =
    | [<CliPrefix(CliPrefix.None); Means "write a data set in another layout.">] Convert of
        ParseResults<DataConvertArgument>
    | [<CliPrefix(CliPrefix.None); Means "divide a data set, its classes balanced and copies of pictures kept together.">] Split of
        ParseResults<DataSplitArgument>
    | [<CliPrefix(CliPrefix.None); Means "rank labels that a detector contradicts.">] Review of
        ParseResults<DataReviewArgument>
    | [<CliPrefix(CliPrefix.None);
        Means "draw a data set to try settings on: as many objects, as large, as unequal and as badly labelled as wished.">] Draw of
        ParseResults<DataDrawArgument>

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this
