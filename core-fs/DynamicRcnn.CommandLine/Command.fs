namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System

/// `drcnn inspect`
type InspectOptions = {
    Data: DataOptions
    /// Null = every split there is.
    Split: string | null
    /// Null: a configuration file's; without one the small preset for a CPU.
    Preset: string | null
    ConfigFiles: string[]
    Sets: string[]
    /// The page of pictures to write; null = none.
    Browse: string | null
    /// Pictures of a split on that page, at most.
    BrowseImages: int
    /// Where counts and findings go as JSON; null = nowhere.
    Json: string | null
    /// Proposes the counts and the rule.
    Suggest: bool
} with

    /// What the configuration is made from, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset =
            if isNull this.Preset && this.ConfigFiles.Length = 0 then
                Presets.small.Name
            else
                this.Preset
        Layers = layers
        Sets = this.Sets
        Options = OptionValues.dataSet this.Data |> Array.ofList
    }

/// `drcnn replay`
type ReplayOptions = {
    /// The run's folder.
    Run: string
    /// Values to try, as they were written; none: the run's own. Likewise below.
    TopIoUCounts: string[]
    LowErrorCounts: string[]
    UpdateIntervals: string[]
    Rules: string[]
    /// Each `path=value`, for every curve.
    Sets: string[]
    /// Where the numbers go as JSON; null = nowhere. Likewise below.
    Json: string | null
    Csv: string | null
    /// Where the drawing goes.
    Svg: string | null
} with

    /// What each curve but the run's own changes in the run's configuration: all combinations of the values.
    member this.Variants: ConfigSources[] =
        let choices (option: string) (path: string) (values: string[]) : OptionValue list list =
            if values.Length = 0 then
                [ [] ]
            else
                [ for value in values -> OptionValues.text option path value ]

        let combine (variants: OptionValue list list) (choices: OptionValue list list) = [
            for variant in variants do
                for choice in choices -> variant @ choice
        ]

        let variants =
            [
                choices "--rule" "dynamic.rule" this.Rules
                choices "--top-iou-count" "dynamic.topIoUCount" this.TopIoUCounts
                choices "--low-error-count" "dynamic.lowErrorCount" this.LowErrorCounts
                choices "--update-interval" "dynamic.updateInterval" this.UpdateIntervals
            ]
            |> List.fold combine [ [] ]

        [|
            for options in variants do
                if not (options.IsEmpty && this.Sets.Length = 0) then
                    {
                        Preset = null
                        Layers = [||]
                        Sets = this.Sets
                        Options = Array.ofList options
                    }
        |]

/// `drcnn config`
type ConfigOptions = {
    /// Null when a configuration file names it.
    Preset: string | null
    ConfigFiles: string[]
    Sets: string[]
} with

    /// What the configuration is made from, with the text of ConfigFiles.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset = this.Preset
        Layers = layers
        Sets = this.Sets
        Options = [||]
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
    | Inspect of Options: InspectOptions
    | Replay of Options: ReplayOptions
    | Experiment of Options: ExperimentOptions
    | Report of Options: ReportOptions
    | Watch of Options: WatchOptions
    | Doctor of Options: DoctorOptions
    | Bench of Options: BenchOptions
    | Demo of Options: DemoOptions
    | Presets
    | Config of Options: ConfigOptions
    | Version
    | Help of Page: HelpText

/// Why a command line is refused, in one sentence.
type CliError = { Message: string }
