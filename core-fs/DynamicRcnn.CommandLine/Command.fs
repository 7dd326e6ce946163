namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System

/// What the length of a run is given in.
[<RequireQualifiedAccess>]
type BudgetKind =
    /// Passes over the training images.
    | Epochs
    /// Of the clock, from the command's start; evaluations are part of them.
    | Hours
    /// Of the configuration's iterations.
    | Fraction

/// The length of a run, given otherwise than by its iterations.
type RunBudget = { Kind: BudgetKind; Amount: float }

/// `drcnn train`
[<NoComparison>]
type TrainOptions = {
    Choice: ConfigChoice
    /// Null: the configuration's iterations.
    Budget: RunBudget | null
    /// The run's folder.
    Out: string
    /// Null: this process alone, or the job that the environment names.
    Processes: Nullable<int>
    Resume: bool
    Quiet: bool
    Verbose: bool
}

/// Files for the figures of `drcnn eval`; null = none. A file that is there already is replaced.
type EvaluationFiles = {
    Json: string | null
    Csv: string | null
}

/// Squares in which large pictures are looked at.
[<Struct>]
type TileOptions = {
    /// Side in pixels.
    Size: int
    /// Pixels that neighbours share at least.
    Overlap: int
}

/// `drcnn eval --checkpoint FILE`
[<NoComparison>]
type EvalCheckpointOptions = {
    Checkpoint: string
    /// Over the detector's configuration, or instead of the one that another program's file lacks.
    Choice: ConfigChoice
    /// Null: the split that is named by hand, or `val`.
    Split: string | null
    Files: EvaluationFiles
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
    /// Null: pictures are looked at as a whole.
    Tiles: Nullable<TileOptions>
}

/// `drcnn eval --annotations JSON --results JSON`
type EvalResultsOptions = {
    Annotations: string
    Results: string
    Files: EvaluationFiles
}

/// What `drcnn predict` writes beside predictions.json.
[<RequireQualifiedAccess>]
type PredictFormat =
    /// A results file, and the list of the images.
    | Coco
    /// A data set: pictures, labels, data.yaml.
    | Yolo
    /// A data set: pictures and an XML file for each.
    | Voc
    /// A table with a row for each detection.
    | Csv
    /// A picture of each detection.
    | Crops

/// `drcnn predict`
[<NoComparison>]
type PredictOptions = {
    Checkpoint: string
    /// Over the detector's configuration, or instead of the one that another program's file lacks.
    Choice: ConfigChoice
    /// Folder of the pictures and the JSON file.
    Out: string
    /// Files, folders, patterns and `-`; at least one.
    Images: string[]
    /// Null: the checkpoint's own.
    ScoreThreshold: Nullable<float>
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
    /// In the order of the union, each once.
    Formats: PredictFormat[]
    /// The COCO file whose ids the results take; null: none.
    Annotations: string | null
    /// Null: pictures are looked at as a whole.
    Tiles: Nullable<TileOptions>
}

/// Whose names a converted file has.
[<RequireQualifiedAccess>]
type WeightNames =
    /// A checkpoint of ours.
    | Ours
    /// The authors' code.
    | Official
    /// MMDetection 2 and 3.
    | MMDetection
    /// MMDetection 1.
    | MMDetection1
    | Detectron2
    | Torchvision

/// `drcnn convert`
type ConvertOptions = {
    Input: string
    Output: string
    Names: WeightNames
    Choice: ConfigChoice
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
}

/// `drcnn export`
type ExportOptions = {
    /// A run, a checkpoint or another program's file.
    Input: string
    Output: string
    /// The file is given a normalised tensor instead of a picture's bytes.
    FromTensor: bool
    /// The file gives all boxes and scores instead of detections.
    Raw: bool
    /// Files, folders and patterns of pictures on which the file must find the same; none: it is not checked.
    Check: string[]
    Choice: ConfigChoice
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
}

/// `drcnn inspect`
[<NoComparison>]
type InspectOptions = {
    /// With the small preset for a CPU where none is named.
    Choice: ConfigChoice
    /// Null = every split there is.
    Split: string | null
    /// The page of pictures to write; null = none.
    Browse: string | null
    /// Pictures of a split on that page, at most.
    BrowseImages: int
    /// Pictures as a training sees them, on that page too; null = none.
    Augmented: Nullable<int>
    /// Where counts and findings go as JSON; null = nowhere.
    Json: string | null
    /// Proposes the counts and the rule.
    Suggest: bool
}

/// A layout in which data sets are written.
[<RequireQualifiedAccess>]
type DataFormat =
    | Coco
    | Voc
    | Yolo

/// `drcnn data convert`
type DataConvertOptions = {
    /// The data set.
    Choice: ConfigChoice
    Format: DataFormat
    /// Folder of what is written; new or empty.
    Out: string
    /// Pictures are links instead of copies.
    Link: bool
}

/// `drcnn data split`
type DataSplitOptions = {
    /// The data set.
    Choice: ConfigChoice
    /// Of train and val, or of train, val and test; they add up to 1.
    Shares: float[]
    Seed: int
    Format: DataFormat
    /// Folder of what is written; new or empty.
    Out: string
    /// Pictures are links instead of copies.
    Link: bool
}

/// `drcnn data draw`
type DataDrawOptions = {
    Seed: int
    Images: int
    ValidationImages: int
    /// Fewest and most objects of an image.
    Objects: struct (int * int)
    /// Smallest and largest diameter of an object, in pixels.
    Sizes: struct (float * float)
    /// How often each of the five classes comes, in any unit.
    ClassShares: float[]
    /// Of the training labels: missing, as many of another class, as many badly placed; at most 1/3.
    LabelNoise: float
    /// Folder of what is written; new or empty.
    Out: string
}

/// `drcnn data review`
type DataReviewOptions = {
    /// A run or a checkpoint.
    Checkpoint: string
    /// Over the detector's configuration.
    Choice: ConfigChoice
    /// Null: every split there is.
    Split: string | null
    /// Folder of the page and the list.
    Out: string
    /// Places on the page, at most.
    Pictures: int
}

/// `drcnn replay`
type ReplayOptions = {
    /// The run's folder.
    Run: string
    /// What each curve but the run's own changes in the run's configuration: all combinations of the listed values.
    Variants: ConfigSources[]
    /// Whose schedule, from 1; 1 where there is one box head.
    Stage: int
    /// Where the numbers go as JSON; null = nowhere. Likewise below.
    Json: string | null
    Csv: string | null
    /// Where the report's page with the curves goes.
    Report: string | null
}

/// `drcnn experiment`
[<NoComparison>]
type ExperimentOptions = {
    /// The plan's file, or the name of one that is in the program.
    Plan: string
    /// For every run: a preset and assignments in place of the plan's, and options over the arm's assignments.
    Choice: ConfigChoice
    /// Of the clock, for everything; null: the plan's seeds with all arms, however long they take.
    Hours: Nullable<float>
    /// Folder of the runs and of what is made of them.
    Out: string
    /// Arms to run now; none: all.
    Arms: string[]
    /// Seeds to run now, as they were written; none: the plan's.
    Seeds: string[]
    /// Whether intervals over seeds and images are computed.
    Intervals: bool
    Quiet: bool
}

/// What `drcnn bench` times.
[<RequireQualifiedAccess>]
type BenchMode =
    /// A training step: forward, backward, optimiser.
    | Train
    /// One image, from pixels to boxes.
    | Infer
    /// The anchors of a batch against its ground truth.
    | Assign

/// `drcnn bench`
type BenchOptions = {
    Choice: ConfigChoice
    /// `train` unless told otherwise.
    Split: string
    Mode: BenchMode
    /// A step for every line of the input instead of a number of them.
    Serve: bool
    /// Timed steps without Serve.
    TimedSteps: int
}

/// `drcnn demo`
type DemoOptions = {
    /// Of the demo's preset.
    Choice: ConfigChoice
    /// Null = the default of the command.
    Out: string | null
}

/// `drcnn report`
type ReportOptions = {
    /// The runs' folders; at least one.
    Runs: string[]
    /// Null: report.html in the first run's folder.
    Out: string | null
}

/// `drcnn watch`
type WatchOptions = {
    /// The runs' folders; at least one.
    Runs: string[]
    /// 0 = any that is free.
    Port: int
}

/// `drcnn doctor`
[<NoComparison>]
type DoctorOptions = { Threads: Nullable<int> }

/// A text to print.
type HelpText = { Text: string }

/// What the command line asks for.
[<RequireQualifiedAccess; NoComparison>]
type Command =
    | Train of Options: TrainOptions
    | EvalCheckpoint of Options: EvalCheckpointOptions
    | EvalResults of Options: EvalResultsOptions
    | Predict of Options: PredictOptions
    | Convert of Options: ConvertOptions
    | Export of Options: ExportOptions
    | Inspect of Options: InspectOptions
    | DataConvert of Options: DataConvertOptions
    | DataSplit of Options: DataSplitOptions
    | DataReview of Options: DataReviewOptions
    | DataDraw of Options: DataDrawOptions
    | Replay of Options: ReplayOptions
    | Experiment of Options: ExperimentOptions
    | Report of Options: ReportOptions
    | Watch of Options: WatchOptions
    | Doctor of Options: DoctorOptions
    | Bench of Options: BenchOptions
    | Demo of Options: DemoOptions
    | Presets
    | Config of Choice: ConfigChoice
    | Version
    | Help of Page: HelpText

/// Why a command line is refused, in one sentence.
type CliError = {
    Message: string
} with

    override error.ToString() = error.Message
