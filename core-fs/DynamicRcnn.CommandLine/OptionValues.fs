namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core
open System
open System.Globalization

/// Where the data are, as the command line says it; null = it does not.
type DataOptions = {
    Path: string | null
    Train: string | null
    Val: string | null
    Test: string | null
    HoldOut: string | null
} with

    /// Whether anything is said.
    member this.IsGiven =
        [ this.Path; this.Train; this.Val; this.Test; this.HoldOut ]
        |> List.exists (isNull >> not)

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

    /// 20% or 0.2.
    let private share (value: string | null) : string | null =
        match value with
        | null -> null
        | value when value.EndsWith '%' ->
            match Double.TryParse(value.TrimEnd '%', NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, percent -> ConfigValue.floatText (percent / 100.0)
            | _ -> value
        | value -> value

    /// What is said of the data.
    let dataSet (data: DataOptions) : OptionValue list =
        List.concat [
            text "--data" "data.path" data.Path
            text "--train" "data.train" data.Train
            text "--val" "data.val" data.Val
            text "--test" "data.test" data.Test
            text "--hold-out" "data.holdOut" (share data.HoldOut)
        ]

    /// Other data than those of a run's configuration, of which nothing stays.
    let otherDataSet (data: DataOptions) : OptionValue list =
        if data.IsGiven then
            let orEmpty (value: string | null) : string | null = if isNull value then "" else value

            dataSet {
                Path = orEmpty data.Path
                Train = orEmpty data.Train
                Val = orEmpty data.Val
                Test = orEmpty data.Test
                HoldOut = if isNull data.HoldOut then "0" else data.HoldOut
            }
        else
            []

    let device = text "--device" "run.device"
    let weights = text "--weights" "model.backbone.weights"
    let iterations = number "--iterations" "solver.iterations"
    let seed = number "--seed" "run.seed"
    let threads = number "--threads" "run.threads"

    let strict (given: bool) : OptionValue list =
        text "--strict" "data.strict" (if given then "true" else null)
