namespace DynamicRcnn.CommandLine

open Argu

[<RequireQualifiedAccess>]
type internal TrainArgument =
    | [<Unique;
        Means "data set: a folder in COCO, VOC, YOLO or another layout (docs/data.md), or an annotation file.";
        Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Unique; Means "configuration to start from (drcnn presets).">] Preset of NAME: string
    | [<Mandatory; Unique; Means "folder of the run.">] Out of RUN: string
    | [<Means(Meaning.Config)>] Config of FILE: string
    | [<Unique;
        Means "optimiser steps; the milestones keep their place (with --resume: their iterations).";
        Sets "solver.iterations">] Iterations of N: int
    | [<Unique; Means "length in passes over the training images instead; the whole schedule follows it.">] Epochs of
        X: string
    | [<Unique;
        Means "length in hours of this command instead: the first 50 iterations are measured, then the number is fixed.">] Hours of
        X: string
    | [<Unique; Means "length as a share of the configuration's iterations instead, such as 0.25.">] Fraction of
        X: string
    | [<Unique; Means "seed of everything random."; Sets "run.seed">] Seed of N: int
    | [<Unique; Means(Meaning.Device); Sets "run.device">] Device of DEVICE: string
    | [<Unique;
        Means "weights to start from: a backbone or a whole detector, of this program or another (safetensors, .pth or .pkl), or a run's folder.";
        Sets "model.backbone.weights">] Weights of FILE: string
    | [<Unique;
        Means "processes of this machine that share every batch (docs/notes/distributed.md); the result is one process's.">] Processes of
        N: int
    | [<Means(Meaning.Set)>] Set of ASSIGNMENT: string
    | [<Unique; Means "go on from the run's last checkpoint; --out alone is enough.">] Resume
    | [<Unique; Means "end at the first finding about the data."; Sets "data.strict">] Strict
    | [<Unique; Means(Meaning.Quiet)>] Quiet
    | [<Unique; Means "more lines.">] Verbose

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal EvalArgument =
    | [<Unique;
        Means "detector to evaluate: a run, a checkpoint, another program's file, or an ONNX file of drcnn export.">] Checkpoint of
        FILE: string
    | [<Unique; Means "data set; the run's own unless told otherwise."; Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Unique; Means "split of the data set; the one that is named by hand, or val.">] Split of NAME: string
    | [<Unique; Means "COCO ground truth, with --results: no detector runs.">] Annotations of JSON: string
    | [<Unique; Means "COCO results to score.">] Results of JSON: string
    | [<Unique; Means(Meaning.Tiles)>] Tiles of SIZE: string
    | [<Unique; Means "file for the figures, curves and errors.">] Json of OUT: string
    | [<Unique; Means "file for the figures as a table, a row for each class.">] Csv of OUT: string
    | [<Unique; Means(Meaning.ForeignPreset)>] Preset of NAME: string
    | [<Means(Meaning.ForeignConfig)>] Config of FILE: string
    | [<Unique; Means(Meaning.Classes)>] Classes of NAMES: string
    | [<Unique; Means(Meaning.Device); Sets "run.device">] Device of DEVICE: string
    | [<Means(Meaning.OverDetector)>] Set of ASSIGNMENT: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal PredictArgument =
    | [<Mandatory;
        Unique;
        Means "detector to run: a run, a checkpoint, another program's file, or an ONNX file of drcnn export.">] Checkpoint of
        FILE: string
    | [<Mandatory; Unique; Means "folder for annotated pictures and predictions.json; nothing in it is overwritten.">] Out of
        DIR: string
    | [<Unique; Means "what else to write there, with commas between: coco, yolo, voc, csv, crops (docs/predict.md).">] Format of
        LIST: string
    | [<Unique; Means "COCO file whose ids of images and classes --format coco takes, by their names.">] Annotations of
        JSON: string
    | [<Unique; Means(Meaning.Tiles)>] Tiles of SIZE: string
    | [<Unique;
        Means "lowest score that counts, from 0 to below 1; without it all are in predictions.json, and drawn is what has the score with the best F1 of the detector's last evaluation, or 0.5 where it had none.";
        Sets "model.roiHead.scoreThreshold">] Score_Threshold of X: string
    | [<Unique; Means(Meaning.ForeignPreset)>] Preset of NAME: string
    | [<Means(Meaning.ForeignConfig)>] Config of FILE: string
    | [<Unique; Means(Meaning.Classes)>] Classes of NAMES: string
    | [<Unique; Means(Meaning.Device); Sets "run.device">] Device of DEVICE: string
    | [<Means(Meaning.OverDetector)>] Set of ASSIGNMENT: string
    | [<MainCommand;
        Means "pictures, videos, folders and patterns such as 'photos/*.jpg'; - reads a list of files from the input.">] Images of
        IMAGE: string list

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ConvertArgument =
    | [<Unique;
        Means "whose names the output has: ours (default: a checkpoint), official, mmdet, mmdet1, detectron2 or torchvision.">] Names of
        PROGRAM: string
    | [<Unique; Means(Meaning.ForeignPreset)>] Preset of NAME: string
    | [<Means(Meaning.ForeignConfig)>] Config of FILE: string
    | [<Unique; Means(Meaning.Classes)>] Classes of NAMES: string
    | [<Means "path=value over that configuration; may be repeated.">] Set of ASSIGNMENT: string
    | [<MainCommand; Means "input (.safetensors, .pth or .pkl) and output (.safetensors or .pth).">] Files of
        FILE: string list

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ExportArgument =
    | [<Unique; Means "what the file is given: picture (default: bytes of any size) or float (a normalised tensor).">] Input of
        KIND: string
    | [<Unique; Means "the boxes and scores of all proposals, without suppression.">] Raw
    | [<Means "pictures on which the file must find the same; may be repeated.">] Check of PICTURES: string
    | [<Unique; Means(Meaning.ForeignPreset)>] Preset of NAME: string
    | [<Means(Meaning.ForeignConfig)>] Config of FILE: string
    | [<Unique; Means(Meaning.Classes)>] Classes of NAMES: string
    | [<Means(Meaning.OverDetector)>] Set of ASSIGNMENT: string
    | [<MainCommand; Means "a run, a checkpoint or another program's file, and the output (.onnx).">] Files of
        FILE: string list

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal InspectArgument =
    | [<Unique; Means "data set."; Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Unique; Means "this split alone.">] Split of NAME: string
    | [<Unique; Means "configuration that the report assumes.">] Preset of NAME: string
    | [<Means(Meaning.Config)>] Config of FILE: string
    | [<Means(Meaning.Set)>] Set of ASSIGNMENT: string
    | [<Unique; Means "write a page (.html) of the images with their boxes, counts and findings.">] Browse of
        FILE: string
    | [<Unique; Means "pictures of a split on that page, at most (300).">] Browse_Images of N: int
    | [<Unique; Means "also show so many pictures there as training sees them: turned, cut, scaled, with their boxes.">] Augmented of
        N: int
    | [<Unique; Means "write counts and findings of each split for programs.">] Json of FILE: string
    | [<Unique; Means "propose dynamic.topIoUCount, dynamic.lowErrorCount and dynamic.rule.">] Suggest

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ReplayArgument =
    | [<Unique; Means "rules to try: ProposalsOnly, Official, MMDetection."; Sets "dynamic.rule">] Rule of LIST: string
    | [<Unique; Means "values of dynamic.topIoUCount to try, such as 25,75,150."; Sets "dynamic.topIoUCount">] Top_IoU_Count of
        LIST: string
    | [<Unique; Means "values of dynamic.lowErrorCount to try."; Sets "dynamic.lowErrorCount">] Low_Error_Count of
        LIST: string
    | [<Unique; Means "values of dynamic.updateInterval to try."; Sets "dynamic.updateInterval">] Update_Interval of
        LIST: string
    | [<Means "another field of the schedule, such as dynamic.floorIoU=0.5; may be repeated.">] Set of
        ASSIGNMENT: string
    | [<Unique; Means "stage of a cascade, 1 (the default) to the number of its box heads.">] Stage of N: int
    | [<Unique; Means "file for the curves and what they are worth.">] Json of OUT: string
    | [<Unique; Means "file for the curves as a table.">] Csv of OUT: string
    | [<Unique; Means "file for the curves as a page, .html.">] Report of OUT: string
    /// Refused in a sentence.
    | [<Hidden>] Svg of OUT: string
    | [<MainCommand; Unique; Means "folder of the run.">] Run of RUN: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ReportArgument =
    | [<Unique; Means "HTML file; report.html in the first run's folder unless told otherwise.">] Out of FILE: string
    | [<MainCommand; Means(Meaning.Runs)>] Runs of RUN: string list

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal WatchArgument =
    | [<Unique; Means "port on this machine; 8642 unless told otherwise, 0 = any that is free.">] Port of N: int
    | [<MainCommand; Means(Meaning.Runs)>] Runs of RUN: string list

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal BenchArgument =
    | [<Mandatory; Unique; Means "data set; its first images are kept in memory, decoded."; Sets "data.path">] Data of
        PATH: string
    | [<Unique; Means "split of the data set; train unless told otherwise.">] Split of NAME: string
    | [<Unique; Means "configuration (drcnn presets); bench-r18 and bench-r50 do torchvision's work.">] Preset of
        NAME: string
    | [<Means(Meaning.Config)>] Config of FILE: string
    | [<Means(Meaning.Set)>] Set of ASSIGNMENT: string
    | [<Unique; Means "train (default: steps of the optimiser), infer (one image a step) or assign (a batch's anchors).">] Mode of
        MODE: string
    | [<Unique; Means "short side of the images in pixels.">] Short_Side of N: int
    | [<Unique; Means "images of a training step."; Sets "data.imagesPerStep">] Batch of N: int
    | [<Unique; Means "weights to start from: a backbone or a detector."; Sets "model.backbone.weights">] Weights of
        FILE: string
    | [<Unique; Means "timed steps, after two that are not (5).">] Steps of N: int
    | [<Unique; Means "no steps until a line is read: a step and its seconds for each, to the end of the input.">] Serve

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal DemoArgument =
    | [<Unique; Means "folder for the data set, the run and the pictures.">] Out of DIR: string
    | [<Unique; Means "optimiser steps."; Sets "solver.iterations">] Iterations of N: int

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ConfigArgument =
    | [<Means(Meaning.Config)>] Config of FILE: string
    | [<Means(Meaning.Set)>] Set of ASSIGNMENT: string
    | [<MainCommand; Unique; Means "preset to start from.">] Preset of PRESET: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

[<RequireQualifiedAccess>]
type internal ExperimentArgument =
    | [<Unique; Means "data set, if the plan names none."; Sets "data.path">] Data of PATH: string
    | [<Unique; Means(Meaning.Train); Sets "data.train">] Train of SPLIT: string
    | [<Unique; Means(Meaning.Validation); Sets "data.val">] Val of SPLIT: string
    | [<Unique; Means(Meaning.Test); Sets "data.test">] Test of SPLIT: string
    | [<Unique; Means(Meaning.HoldOut); Sets "data.holdOut">] Hold_Out of SHARE: string
    | [<Unique; Means "configuration in place of the plan's (drcnn presets).">] Preset of NAME: string
    | [<Unique;
        Means "time that the whole may take: the runs' length follows, arms clearly behind are stopped, and it says which to take.">] Hours of
        X: string
    | [<Mandatory;
        Unique;
        Means "folder of the runs; what is finished there is not trained again, what was stopped goes on.">] Out of
        FOLDER: string
    | [<Unique; Means "arms to run now, such as fixed,both; all unless told otherwise.">] Arms of NAMES: string
    | [<Unique; Means "seeds to run now, such as 1,2; the plan's unless told otherwise.">] Seeds of NUMBERS: string
    | [<Unique; Means(Meaning.Device); Sets "run.device">] Device of DEVICE: string
    | [<Unique; Means "weights to start from."; Sets "model.backbone.weights">] Weights of FILE: string
    | [<Unique; Means "also 95 % intervals over seeds and images of these arms' finished runs.">] Intervals
    | [<Means "path=value for all arms, but for those that set the field themselves; may be repeated.">] Set of
        ASSIGNMENT: string
    | [<Unique; Means(Meaning.Quiet)>] Quiet
    | [<MainCommand;
        Unique;
        Means "JSON file with the preset, the seeds and the arms, or compare, the plan of the program: which method for these data (docs/experiments.md).">] Plan of
        PLAN: string

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this

/// A sub-command that takes no option of its own.
[<RequireQualifiedAccess>]
type internal NoArgument =
    | [<Hidden>] Nothing

    interface IArgParserTemplate with
        member _.Usage = ""

[<RequireQualifiedAccess; HelpFlags("--help", "-h")>]
type internal Argument =
    | [<CliPrefix(CliPrefix.None); Means "train a detector.">] Train of ParseResults<TrainArgument>
    | [<CliPrefix(CliPrefix.None); Means "score a detector on a data set, or a results file against its ground truth.">] Eval of
        ParseResults<EvalArgument>
    | [<CliPrefix(CliPrefix.None); Means "find objects in images.">] Predict of ParseResults<PredictArgument>
    | [<CliPrefix(CliPrefix.None); Means "write a detector or a backbone with other names or in another format.">] Convert of
        ParseResults<ConvertArgument>
    | [<CliPrefix(CliPrefix.None); Means "write a detector as an ONNX file.">] Export of ParseResults<ExportArgument>
    | [<CliPrefix(CliPrefix.None); Means "report a data set before training.">] Inspect of ParseResults<InspectArgument>
    | [<CliPrefix(CliPrefix.None); Means "convert, split or draw data sets, or review their labels (drcnn data --help).">] Data of
        ParseResults<DataArgument>
    | [<CliPrefix(CliPrefix.None); Means "draw the schedule that other settings make of a run's recorded statistics.">] Replay of
        ParseResults<ReplayArgument>
    | [<CliPrefix(CliPrefix.None); Means "train variants of a configuration with several seeds, and compare them.">] Experiment of
        ParseResults<ExperimentArgument>
    | [<CliPrefix(CliPrefix.None); Means "write what happened in runs as one HTML file.">] Report of
        ParseResults<ReportArgument>
    | [<CliPrefix(CliPrefix.None); Means "show the same in a browser on this machine, while training goes on.">] Watch of
        ParseResults<WatchArgument>
    | [<CliPrefix(CliPrefix.None); Means "say whether this machine can train, and how fast.">] Doctor of
        ParseResults<NoArgument>
    | [<CliPrefix(CliPrefix.None); Means "time steps on images in memory.">] Bench of ParseResults<BenchArgument>
    | [<CliPrefix(CliPrefix.None); Means "train on drawn images, evaluate, draw what is found.">] Demo of
        ParseResults<DemoArgument>
    | [<CliPrefix(CliPrefix.None); Means "list the presets.">] Presets of ParseResults<NoArgument>
    | [<CliPrefix(CliPrefix.None); Means "print a configuration, with the origin of each value.">] Config of
        ParseResults<ConfigArgument>
    | [<Inherit; Unique; Means "CPU threads; 0 = one for each processor core.">] Threads of N: int
    | [<Unique; Means "print the version.">] Version

    interface IArgParserTemplate with
        member this.Usage = OptionTable.meaning this
