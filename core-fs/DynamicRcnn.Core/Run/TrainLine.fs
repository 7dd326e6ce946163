namespace DynamicRcnn.Core

open System

/// The command line that trains an arm of a plan by itself.
[<RequireQualifiedAccess>]
module TrainLine =

    let private plain = "-_./=:,+@%"

    /// For a shell.
    let private quoted (word: string) : string =
        if word |> Seq.forall (fun c -> Char.IsAsciiLetterOrDigit c || plain.Contains c) then
            word
        else
            let escaped = word.Replace("'", "'\\''")
            $"'{escaped}'"

    let private resolve (plan: ExperimentPlan) (sets: string[]) (options: OptionValue[]) : Config =
        ConfigText.resolve {
            Preset = plan.Preset
            Layers = [||]
            Sets = sets
            Options = options
        }
        |> _.Value.Config

    /// `drcnn train` with the plan's preset, the options, and what the plan and the arm change in it; the length is theirs. `out`: the run's folder.
    [<CompiledName "Of">]
    let ofArm (plan: ExperimentPlan, arm: ExperimentArm, options: OptionValue[], out: string) : string =
        let changes =
            ConfigComparison.differences (resolve plan [||] options) (resolve plan (plan.SetsOf arm) options)
            |> List.collect (fun difference -> [ "--set"; $"{difference.Path}={difference.After}" ])

        [
            "drcnn"
            "train"
            "--preset"
            plan.Preset
            for option in options do
                option.Option
                ConfigValue.text option.Value
            yield! changes
            "--out"
            out
        ]
        |> List.map quoted
        |> String.concat " "
