namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open Argu

/// What is said of the options that name splits by hand.
[<RequireQualifiedAccess>]
module internal DataUsage =

    let train =
        "what is trained on, by hand: a split of the data set, a file or a folder."

    let validation =
        "what is evaluated, likewise; without it val, or test where there is no val."

    let test = "the split test, likewise."

    let holdOut =
        "share of the training images, such as 20%, that is evaluated instead of trained on."

[<RequireQualifiedAccess>]
type internal TrainArgument =
    | [<Unique>] Data of PATH: string
    | [<Unique>] Train of SPLIT: string
    | [<Unique>] Val of SPLIT: string
    | [<Unique>] Test of SPLIT: string
    | [<Unique>] Hold_Out of SHARE: string
    | [<Unique>] Preset of NAME: string
    | [<Mandatory; Unique>] Out of RUN: string
    | Config of FILE: string
    | [<Unique>] Iterations of N: int
    | [<Unique>] Seed of N: int
    | [<Unique>] Device of DEVICE: string
    | [<Unique>] Weights of FILE: string
    | [<Unique>] Processes of N: int
    | Set of ASSIGNMENT: string
    | [<Unique>] Resume
    | [<Unique>] Strict
    | [<Unique>] Quiet
    | [<Unique>] Verbose

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | TrainArgument.Data _ ->
                "data set: a folder in COCO, VOC, YOLO or another layout (docs/data.md), or an annotation file."
            | TrainArgument.Train _ -> DataUsage.train
            | TrainArgument.Val _ -> DataUsage.validation
            | TrainArgument.Test _ -> DataUsage.test
            | TrainArgument.Hold_Out _ -> DataUsage.holdOut
            | TrainArgument.Preset _ -> "configuration to start from (drcnn presets)."
            | TrainArgument.Out _ -> "folder of the run."
            | TrainArgument.Config _ -> "JSON file with what differs from the preset; may be repeated, later wins."
            | TrainArgument.Iterations _ ->
                "optimiser steps; the milestones keep their place (with --resume: their iterations)."
            | TrainArgument.Seed _ -> "seed of everything random."
            | TrainArgument.Device _ -> "auto, cpu, cuda or cuda:N."
            | TrainArgument.Weights _ ->
                "weights to start from: a backbone or a whole detector, of this program or another (safetensors, .pth or .pkl), or a run's folder."
            | TrainArgument.Processes _ ->
                "processes of this machine that share every batch (docs/notes/distributed.md); the result is one process's."
            | TrainArgument.Set _ -> "path=value, one field of docs/config.md; may be repeated."
            | TrainArgument.Resume -> "go on from the run's last checkpoint; --out alone is enough."
            | TrainArgument.Strict -> "end at the first finding about the data."
            | TrainArgument.Quiet -> "no progress lines."
            | TrainArgument.Verbose -> "more lines."

/// What is said of the options that another program's file needs.
[<RequireQualifiedAccess>]
module internal ForeignUsage =

    let preset = "configuration of another program's file; a checkpoint has its own."
    let config = "the same from a JSON file; may be repeated, later wins."

    let classes =
        "names of the classes of another program's file, in its order: a,b,c or a text file with a name a line."

[<RequireQualifiedAccess>]
type internal EvalArgument =
    | [<Unique>] Checkpoint of FILE: string
    | [<Unique>] Data of PATH: string
    | [<Unique>] Train of SPLIT: string
    | [<Unique>] Val of SPLIT: string
    | [<Unique>] Test of SPLIT: string
    | [<Unique>] Hold_Out of SHARE: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Annotations of JSON: string
    | [<Unique>] Results of JSON: string
    | [<Unique>] Json of OUT: string
    | [<Unique>] Csv of OUT: string
    | [<Unique>] Preset of NAME: string
    | Config of FILE: string
    | [<Unique>] Classes of NAMES: string
    | [<Unique>] Device of DEVICE: string
    | Set of ASSIGNMENT: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | EvalArgument.Checkpoint _ -> "detector to evaluate: a run, a checkpoint, or another program's file."
            | EvalArgument.Data _ -> "data set; the run's own unless told otherwise."
            | EvalArgument.Train _ -> DataUsage.train
            | EvalArgument.Val _ -> DataUsage.validation
            | EvalArgument.Test _ -> DataUsage.test
            | EvalArgument.Hold_Out _ -> DataUsage.holdOut
            | EvalArgument.Split _ -> "split of the data set; the one that is named by hand, or val."
            | EvalArgument.Annotations _ -> "COCO ground truth, with --results: no detector runs."
            | EvalArgument.Results _ -> "COCO results to score."
            | EvalArgument.Json _ -> "file for the figures, curves and errors."
            | EvalArgument.Csv _ -> "file for the figures as a table, a row for each class."
            | EvalArgument.Preset _ -> ForeignUsage.preset
            | EvalArgument.Config _ -> ForeignUsage.config
            | EvalArgument.Classes _ -> ForeignUsage.classes
            | EvalArgument.Device _ -> "auto, cpu, cuda or cuda:N."
            | EvalArgument.Set _ -> "path=value over the detector's configuration; may be repeated."

[<RequireQualifiedAccess>]
type internal PredictArgument =
    | [<Mandatory; Unique>] Checkpoint of FILE: string
    | [<Mandatory; Unique>] Out of DIR: string
    | [<Unique>] Score_Threshold of X: float
    | [<Unique>] Preset of NAME: string
    | Config of FILE: string
    | [<Unique>] Classes of NAMES: string
    | [<Unique>] Device of DEVICE: string
    | Set of ASSIGNMENT: string
    | [<MainCommand>] Images of IMAGE: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | PredictArgument.Checkpoint _ -> "detector to run: a checkpoint, or another program's file."
            | PredictArgument.Out _ ->
                "folder for annotated pictures and predictions.json; nothing in it is overwritten."
            | PredictArgument.Score_Threshold _ -> "lowest score that counts, 0 to 1."
            | PredictArgument.Preset _ -> ForeignUsage.preset
            | PredictArgument.Config _ -> ForeignUsage.config
            | PredictArgument.Classes _ -> ForeignUsage.classes
            | PredictArgument.Device _ -> "auto, cpu, cuda or cuda:N."
            | PredictArgument.Set _ -> "path=value over the detector's configuration; may be repeated."
            | PredictArgument.Images _ -> "files, folders and patterns such as 'photos/*.jpg'."

[<RequireQualifiedAccess>]
type internal ConvertArgument =
    | [<Unique>] Names of PROGRAM: string
    | [<Unique>] Preset of NAME: string
    | Config of FILE: string
    | [<Unique>] Classes of NAMES: string
    | Set of ASSIGNMENT: string
    | [<MainCommand>] Files of FILE: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | ConvertArgument.Names _ ->
                "whose names the output has: ours (default: a checkpoint), official, mmdet, mmdet1 or torchvision."
            | ConvertArgument.Preset _ -> ForeignUsage.preset
            | ConvertArgument.Config _ -> ForeignUsage.config
            | ConvertArgument.Classes _ -> ForeignUsage.classes
            | ConvertArgument.Set _ -> "path=value over that configuration; may be repeated."
            | ConvertArgument.Files _ -> "input (.safetensors, .pth or .pkl) and output (.safetensors or .pth)."

[<RequireQualifiedAccess>]
type internal InspectArgument =
    | [<Unique>] Data of PATH: string
    | [<Unique>] Train of SPLIT: string
    | [<Unique>] Val of SPLIT: string
    | [<Unique>] Test of SPLIT: string
    | [<Unique>] Hold_Out of SHARE: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Preset of NAME: string
    | Config of FILE: string
    | Set of ASSIGNMENT: string
    | [<Unique>] Browse of FILE: string
    | [<Unique>] Browse_Images of N: int
    | [<Unique>] Json of FILE: string
    | [<Unique>] Suggest

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | InspectArgument.Data _ -> "data set."
            | InspectArgument.Train _ -> DataUsage.train
            | InspectArgument.Val _ -> DataUsage.validation
            | InspectArgument.Test _ -> DataUsage.test
            | InspectArgument.Hold_Out _ -> DataUsage.holdOut
            | InspectArgument.Split _ -> "this split alone."
            | InspectArgument.Preset _ -> "configuration that the report assumes."
            | InspectArgument.Config _ -> "JSON file with what differs from the preset; may be repeated."
            | InspectArgument.Set _ -> "path=value; may be repeated."
            | InspectArgument.Browse _ -> "write a page (.html) of the images with their boxes, counts and findings."
            | InspectArgument.Browse_Images _ -> "pictures of a split on that page, at most (300)."
            | InspectArgument.Json _ -> "write counts and findings of each split for programs."
            | InspectArgument.Suggest -> "propose dynamic.topIoUCount, dynamic.lowErrorCount and dynamic.rule."

[<RequireQualifiedAccess>]
type internal ReplayArgument =
    | [<Unique>] Top_IoU_Count of LIST: string
    | [<Unique>] Low_Error_Count of LIST: string
    | [<Unique>] Update_Interval of LIST: string
    | [<Unique>] Rule of LIST: string
    | Set of ASSIGNMENT: string
    | [<Unique>] Json of OUT: string
    | [<Unique>] Csv of OUT: string
    | [<Unique>] Svg of OUT: string
    | [<MainCommand; Unique>] Run of RUN: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | ReplayArgument.Top_IoU_Count _ -> "values of dynamic.topIoUCount to try, such as 25,75,150."
            | ReplayArgument.Low_Error_Count _ -> "values of dynamic.lowErrorCount to try."
            | ReplayArgument.Update_Interval _ -> "values of dynamic.updateInterval to try."
            | ReplayArgument.Rule _ -> "rules to try: ProposalsOnly, Official, MMDetection."
            | ReplayArgument.Set _ -> "another field of the schedule, such as dynamic.floorIoU=0.5; may be repeated."
            | ReplayArgument.Json _ -> "file for the curves and what they are worth."
            | ReplayArgument.Csv _ -> "file for the curves as a table."
            | ReplayArgument.Svg _ -> "file for the drawing."
            | ReplayArgument.Run _ -> "folder of the run."

[<RequireQualifiedAccess>]
type internal ReportArgument =
    | [<Unique>] Out of FILE: string
    | [<MainCommand>] Runs of RUN: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | ReportArgument.Out _ -> "HTML file; report.html in the first run's folder unless told otherwise."
            | ReportArgument.Runs _ -> "folders of runs, laid side by side."

[<RequireQualifiedAccess>]
type internal WatchArgument =
    | [<Unique>] Port of N: int
    | [<MainCommand>] Runs of RUN: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | WatchArgument.Port _ -> "port on this machine; 8642 unless told otherwise, 0 = any that is free."
            | WatchArgument.Runs _ -> "folders of runs, laid side by side."

[<RequireQualifiedAccess>]
type internal BenchArgument =
    | [<Mandatory; Unique>] Data of PATH: string
    | [<Unique>] Split of NAME: string
    | [<Unique>] Preset of NAME: string
    | Config of FILE: string
    | Set of ASSIGNMENT: string
    | [<Unique>] Mode of MODE: string
    | [<Unique>] Short_Side of N: int
    | [<Unique>] Batch of N: int
    | [<Unique>] Weights of FILE: string
    | [<Unique>] Steps of N: int
    | [<Unique>] Serve

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | BenchArgument.Data _ -> "data set; its first images are kept in memory, decoded."
            | BenchArgument.Split _ -> "split of the data set; train unless told otherwise."
            | BenchArgument.Preset _ -> "configuration (drcnn presets); bench-r18 and bench-r50 do torchvision's work."
            | BenchArgument.Config _ -> "JSON file with what differs from the preset; may be repeated, later wins."
            | BenchArgument.Set _ -> "path=value, one field of docs/config.md; may be repeated."
            | BenchArgument.Mode _ ->
                "train (default: steps of the optimiser), infer (one image a step) or assign (a batch's anchors)."
            | BenchArgument.Short_Side _ -> "short side of the images in pixels."
            | BenchArgument.Batch _ -> "images of a training step."
            | BenchArgument.Weights _ -> "weights to start from: a backbone or a detector."
            | BenchArgument.Steps _ -> "timed steps, after two that are not (5)."
            | BenchArgument.Serve ->
                "no steps until a line is read: a step and its seconds for each, to the end of the input."

[<RequireQualifiedAccess>]
type internal DemoArgument =
    | [<Unique>] Out of DIR: string
    | [<Unique>] Iterations of N: int

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | DemoArgument.Out _ -> "folder for the data set, the run and the pictures."
            | DemoArgument.Iterations _ -> "optimiser steps."

[<RequireQualifiedAccess>]
type internal ConfigArgument =
    | Config of FILE: string
    | Set of ASSIGNMENT: string
    | [<MainCommand; Unique>] Preset of PRESET: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | ConfigArgument.Config _ -> "JSON file with what differs from the preset; may be repeated."
            | ConfigArgument.Set _ -> "path=value; may be repeated."
            | ConfigArgument.Preset _ -> "preset to start from."

[<RequireQualifiedAccess>]
type internal ExperimentArgument =
    | [<Unique>] Data of PATH: string
    | [<Mandatory; Unique>] Out of FOLDER: string
    | [<Unique>] Arms of NAMES: string
    | [<Unique>] Seeds of NUMBERS: string
    | [<Unique>] Device of DEVICE: string
    | [<Unique>] Weights of FILE: string
    | [<Unique>] Quiet
    | [<MainCommand; Unique>] Plan of PLAN: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | ExperimentArgument.Data _ -> "data set, if the plan names none."
            | ExperimentArgument.Out _ ->
                "folder of the runs; what is finished there is not trained again, what was stopped goes on."
            | ExperimentArgument.Arms _ -> "arms to run now, such as fixed,both; all unless told otherwise."
            | ExperimentArgument.Seeds _ -> "seeds to run now, such as 1,2; the plan's unless told otherwise."
            | ExperimentArgument.Device _ -> "auto, cpu, cuda or cuda:N."
            | ExperimentArgument.Weights _ -> "weights to start from."
            | ExperimentArgument.Quiet -> "no progress lines."
            | ExperimentArgument.Plan _ -> "JSON file with the preset, the seeds and the arms (docs/experiments.md)."

/// A sub-command that takes no option of its own.
[<RequireQualifiedAccess>]
type internal NoArgument =
    | [<Hidden>] Nothing

    interface IArgParserTemplate with
        member this.Usage = ""

[<RequireQualifiedAccess; HelpFlags("--help", "-h")>]
type internal Argument =
    | [<CliPrefix(CliPrefix.None)>] Train of ParseResults<TrainArgument>
    | [<CliPrefix(CliPrefix.None)>] Eval of ParseResults<EvalArgument>
    | [<CliPrefix(CliPrefix.None)>] Predict of ParseResults<PredictArgument>
    | [<CliPrefix(CliPrefix.None)>] Convert of ParseResults<ConvertArgument>
    | [<CliPrefix(CliPrefix.None)>] Inspect of ParseResults<InspectArgument>
    | [<CliPrefix(CliPrefix.None)>] Replay of ParseResults<ReplayArgument>
    | [<CliPrefix(CliPrefix.None)>] Experiment of ParseResults<ExperimentArgument>
    | [<CliPrefix(CliPrefix.None)>] Report of ParseResults<ReportArgument>
    | [<CliPrefix(CliPrefix.None)>] Watch of ParseResults<WatchArgument>
    | [<CliPrefix(CliPrefix.None)>] Doctor of ParseResults<NoArgument>
    | [<CliPrefix(CliPrefix.None)>] Bench of ParseResults<BenchArgument>
    | [<CliPrefix(CliPrefix.None)>] Demo of ParseResults<DemoArgument>
    | [<CliPrefix(CliPrefix.None)>] Presets of ParseResults<NoArgument>
    | [<CliPrefix(CliPrefix.None)>] Config of ParseResults<ConfigArgument>
    | [<Inherit; Unique>] Threads of N: int
    | [<Unique>] Version

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Argument.Train _ -> "train a detector."
            | Argument.Eval _ -> "score a detector on a data set, or a results file against its ground truth."
            | Argument.Predict _ -> "find objects in images."
            | Argument.Convert _ -> "write a detector or a backbone with other names or in another format."
            | Argument.Inspect _ -> "report a data set before training."
            | Argument.Replay _ -> "draw the schedule that other settings make of a run's recorded statistics."
            | Argument.Experiment _ -> "train variants of a configuration with several seeds, and compare them."
            | Argument.Report _ -> "write what happened in runs as one HTML file."
            | Argument.Watch _ -> "show the same in a browser on this machine, while training goes on."
            | Argument.Doctor _ -> "say whether this machine can train, and how fast."
            | Argument.Bench _ -> "time steps on images in memory."
            | Argument.Demo _ -> "train on drawn images, evaluate, draw what is found."
            | Argument.Presets _ -> "list the presets."
            | Argument.Config _ -> "print a configuration, with the origin of each value."
            | Argument.Threads _ -> "CPU threads; 0 = one for each processor core."
            | Argument.Version -> "print the version."
