namespace DynamicRcnn.Core

open System

/// Options of the configuration as the command line gives them.
[<RequireQualifiedAccess>]
module internal OptionValues =

    let text (option: string) (path: string) (value: string | null) : OptionValue list =
        match value with
        | null -> []
        | value -> [
            {
                Option = option
                Path = path
                Value = value
            }
          ]

    let number (option: string) (path: string) (value: Nullable<int>) : OptionValue list =
        if value.HasValue then
            text option path (string value.Value)
        else
            []

    let data = text "--data" "data.path"
    let device = text "--device" "run.device"
    let weights = text "--weights" "model.backbone.weights"
    let iterations = number "--iterations" "solver.iterations"
    let seed = number "--seed" "run.seed"
    let threads = number "--threads" "run.threads"

    let strict (given: bool) : OptionValue list =
        text "--strict" "data.strict" (if given then "true" else null)
