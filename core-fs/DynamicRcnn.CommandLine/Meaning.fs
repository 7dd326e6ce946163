namespace DynamicRcnn.CommandLine

/// What options that several commands have are for.
module internal Meaning =

    [<Literal>]
    let Train =
        "what is trained on, by hand: a split of the data set, a file or a folder."

    [<Literal>]
    let Validation =
        "what is evaluated, likewise; without it val, or test where there is no val."

    [<Literal>]
    let Test = "the split test, likewise."

    [<Literal>]
    let HoldOut =
        "share of the training images, such as 20%, that is evaluated instead of trained on."

    [<Literal>]
    let Config =
        "JSON file with what differs from the preset; may be repeated, later wins."

    [<Literal>]
    let Set = "path=value, one field of docs/config.md; may be repeated."

    [<Literal>]
    let OverDetector = "path=value over the detector's configuration; may be repeated."

    [<Literal>]
    let ForeignPreset =
        "configuration of another program's file; a checkpoint has its own."

    [<Literal>]
    let ForeignConfig = "the same from a JSON file; may be repeated, later wins."

    [<Literal>]
    let Classes =
        "names of the classes of another program's file, in its order: a,b,c or a text file with a name a line."

    [<Literal>]
    let Device = "auto, cpu, cuda or cuda:N."

    [<Literal>]
    let Tiles =
        "look at large pictures in overlapping squares: SIZE or SIZE,OVERLAP in pixels; OVERLAP is a fifth of SIZE unless given."

    [<Literal>]
    let Runs = "folders of runs, laid side by side."

    [<Literal>]
    let DataFormat = "layout that is written: coco, voc or yolo."

    [<Literal>]
    let DataOut = "folder of the data set that is written; new or empty."

    [<Literal>]
    let Link = "pictures are links to where they lie instead of copies."

    [<Literal>]
    let Quiet = "no progress lines."
