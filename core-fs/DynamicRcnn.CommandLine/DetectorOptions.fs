namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System

/// `drcnn train`
[<NoComparison>]
type TrainOptions = {
    /// Nothing of it only with Resume: the run knows its data and preset.
    Data: DataOptions
    /// Null when a configuration file names it, or with Resume.
    Preset: string | null
    /// The run's folder.
    Out: string
    ConfigFiles: string[]
    /// Each `path=value`.
    Sets: string[]
    Iterations: Nullable<int>
    Seed: Nullable<int>
    Device: string | null
    Threads: Nullable<int>
    Weights: string | null
    /// Null: this process alone, or the job that the environment names.
    Processes: Nullable<int>
    Resume: bool
    Strict: bool
    Quiet: bool
    Verbose: bool
} with

    /// What the configuration is made from, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset = this.Preset
        Layers = layers
        Sets = this.Sets
        Options =
            [
                OptionValues.dataSet this.Data
                OptionValues.iterations this.Iterations
                OptionValues.seed this.Seed
                OptionValues.device this.Device
                OptionValues.threads this.Threads
                OptionValues.weights this.Weights
                OptionValues.strict this.Strict
            ]
            |> List.concat
            |> Array.ofList
    }

/// Files for the figures of `drcnn eval`; null = none. What is there already is replaced.
type EvaluationFiles = {
    Json: string | null
    Csv: string | null
}

/// `drcnn eval --checkpoint FILE`
[<NoComparison>]
type EvalCheckpointOptions = {
    Checkpoint: string
    /// Nothing of it: the run's own data.
    Data: DataOptions
    /// Null: the split that is named by hand, or `val`.
    Split: string | null
    Files: EvaluationFiles
    /// Of another program's file; null = none.
    Preset: string | null
    ConfigFiles: string[]
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
    /// Each `path=value`, over the detector's configuration.
    Sets: string[]
    Device: string | null
    Threads: Nullable<int>
} with

    /// What the detector's configuration is made from, or changed by, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset = this.Preset
        Layers = layers
        Sets = this.Sets
        Options =
            [
                OptionValues.otherDataSet this.Data
                OptionValues.device this.Device
                OptionValues.threads this.Threads
            ]
            |> List.concat
            |> Array.ofList
    }

/// `drcnn eval --annotations JSON --results JSON`
type EvalResultsOptions = {
    Annotations: string
    Results: string
    Files: EvaluationFiles
}

/// `drcnn predict`
[<NoComparison>]
type PredictOptions = {
    Checkpoint: string
    /// Folder of the pictures and the JSON file.
    Out: string
    /// Files, folders and patterns; at least one.
    Images: string[]
    /// Null: the checkpoint's own.
    ScoreThreshold: Nullable<float>
    /// Of another program's file; null = none.
    Preset: string | null
    ConfigFiles: string[]
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
    /// Each `path=value`, over the detector's configuration.
    Sets: string[]
    Device: string | null
    Threads: Nullable<int>
} with

    /// What the detector's configuration is made from, or changed by, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources =
        let threshold =
            if this.ScoreThreshold.HasValue then
                [
                    {
                        Option = "--score-threshold"
                        Path = "model.roiHead.scoreThreshold"
                        Value = ConfigValue.floatText this.ScoreThreshold.Value
                    }
                ]
            else
                []

        {
            Preset = this.Preset
            Layers = layers
            Sets = this.Sets
            Options =
                [
                    threshold
                    OptionValues.device this.Device
                    OptionValues.threads this.Threads
                ]
                |> List.concat
                |> Array.ofList
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
    | Torchvision

/// `drcnn convert`
type ConvertOptions = {
    Input: string
    Output: string
    Names: WeightNames
    /// Of another program's file; null = none.
    Preset: string | null
    ConfigFiles: string[]
    /// Names for the classes of another program's file, or the name of a file with them; null: its own.
    Classes: string | null
    /// Each `path=value`.
    Sets: string[]
} with

    /// What the configuration is made from, or changed by, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset = this.Preset
        Layers = layers
        Sets = this.Sets
        Options = [||]
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
[<NoComparison>]
type BenchOptions = {
    Data: string
    /// `train` unless told otherwise.
    Split: string
    /// Null when a configuration file names it.
    Preset: string | null
    ConfigFiles: string[]
    /// Each `path=value`.
    Sets: string[]
    Mode: BenchMode
    ShortSide: Nullable<int>
    BatchSize: Nullable<int>
    Weights: string | null
    Threads: Nullable<int>
    /// A step for every line of the input instead of a number of them.
    Serve: bool
    /// Timed steps without Serve.
    TimedSteps: int
} with

    /// What the configuration is made from, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources =
        let shortSidePath =
            match this.Mode with
            | BenchMode.Train
            | BenchMode.Assign -> "data.shortSides"
            | BenchMode.Infer -> "data.evaluationShortSide"

        {
            Preset = this.Preset
            Layers = layers
            Sets = this.Sets
            Options =
                [
                    OptionValues.data this.Data
                    OptionValues.number "--short-side" shortSidePath this.ShortSide
                    OptionValues.number "--batch" "data.imagesPerStep" this.BatchSize
                    OptionValues.threads this.Threads
                    OptionValues.weights this.Weights
                ]
                |> List.concat
                |> Array.ofList
        }

/// `drcnn demo`
[<NoComparison>]
type DemoOptions = {
    /// Null = the default of the command.
    Out: string | null
    Iterations: Nullable<int>
    Threads: Nullable<int>
} with

    /// What the configuration is made from, the drawn data set's folder included.
    member this.Sources(data: string) : ConfigSources = {
        Preset = Presets.tinyDemo.Name
        Layers = [||]
        Sets = [||]
        Options =
            [
                OptionValues.data data
                OptionValues.iterations this.Iterations
                OptionValues.threads this.Threads
            ]
            |> List.concat
            |> Array.ofList
    }

/// `drcnn experiment`
[<NoComparison>]
type ExperimentOptions = {
    /// The plan's file.
    Plan: string
    /// Null when the plan names it.
    Data: string | null
    /// Folder of the runs and of what is made of them.
    Out: string
    /// Arms to run now; none: all.
    Arms: string[]
    /// Seeds to run now, as they were written; none: the plan's.
    Seeds: string[]
    Device: string | null
    Threads: Nullable<int>
    Weights: string | null
    Quiet: bool
} with

    /// What the configuration of a run is made from.
    member this.Sources(preset: string, sets: string[], seed: int) : ConfigSources = {
        Preset = preset
        Layers = [||]
        Sets = sets
        Options =
            [
                OptionValues.data this.Data
                OptionValues.seed (Nullable seed)
                OptionValues.device this.Device
                OptionValues.threads this.Threads
                OptionValues.weights this.Weights
            ]
            |> List.concat
            |> Array.ofList
    }
