namespace DynamicRcnn.Core

/// What a finished run of an experiment is remembered by.
type ExperimentOutcome = {
    Arm: string
    Seed: int
    /// COCO's AP at the last iteration, and what it is the mean of: AP at IoU 0.5, 0.55, ..., 0.95; -1 when there was nothing to measure.
    AP: float
    APByIoU: float[]
    /// In the last iteration.
    IoUThreshold: float
    Beta: float
    /// Windows that its iterations fill, and those of which at least half of the errors were exactly 0.
    Windows: int
    DeadWindows: int
    /// Of training and evaluation.
    Seconds: float
} with

    member this.AP50 = this.APByIoU[0]
    member this.AP75 = this.APByIoU[5]
    member this.AP90 = this.APByIoU[8]

/// A mean and how far single values lie from it.
[<Struct>]
type Spread = {
    Mean: float
    /// Sample standard deviation; NaN of a single value.
    Deviation: float
    Count: int
} with

    /// Half of the 95 % interval of the mean by Student's t, which holds for few values too; NaN of a single one.
    member this.Margin: float =
        if this.Count < 2 then
            nan
        else
            StudentT.quantile (0.025, this.Count - 1) * this.Deviation
            / sqrt (float this.Count)

    member this.Low = this.Mean - this.Margin
    member this.High = this.Mean + this.Margin

/// An arm over its seeds.
type ExperimentRow = {
    Arm: string
    AP: Spread
    AP50: Spread
    AP75: Spread
    AP90: Spread
    /// Means of AP at IoU 0.5, 0.55, ..., 0.95.
    APByIoU: float[]
    /// AP less that of the first arm with the same seed; no value for the first arm.
    APGain: Spread
    AP90Gain: Spread
    IoUThreshold: Spread
    Beta: Spread
    /// Share of dead windows over all runs; NaN without windows.
    DeadShare: float
}

/// Means and spreads of finished runs.
[<RequireQualifiedAccess>]
module ExperimentTable =

    let spread (values: float[]) : Spread =
        if values.Length = 0 then
            {
                Mean = nan
                Deviation = nan
                Count = 0
            }
        else
            let mean = Array.average values
            let squares = values |> Array.sumBy (fun value -> (value - mean) * (value - mean))

            {
                Mean = mean
                Deviation =
                    if values.Length = 1 then
                        nan
                    else
                        sqrt (squares / float (values.Length - 1))
                Count = values.Length
            }

    /// Differences to the baseline's run of the same seed, where there is one.
    let private gains
        (baseline: ExperimentOutcome[])
        (figure: ExperimentOutcome -> float)
        (own: ExperimentOutcome[])
        : Spread =
        own
        |> Array.choose (fun run ->
            baseline
            |> Array.tryFind (fun other -> other.Seed = run.Seed && other.Arm <> run.Arm)
            |> Option.map (fun other -> figure run - figure other))
        |> spread

    /// A row for each arm that has a finished run, in the plan's order.
    [<CompiledName "Rows">]
    let rows (plan: ExperimentPlan) (outcomes: ExperimentOutcome[]) : ExperimentRow[] =
        let ofArm (arm: ExperimentArm) =
            outcomes |> Array.filter (fun outcome -> outcome.Arm = arm.Name)

        let baseline = ofArm plan.Arms[0]

        plan.Arms
        |> Array.map (fun arm -> arm, ofArm arm)
        |> Array.filter (fun (_, own) -> own.Length > 0)
        |> Array.map (fun (arm, own) ->
            let over figure = own |> Array.map figure |> spread

            {
                Arm = arm.Name
                AP = over _.AP
                AP50 = over _.AP50
                AP75 = over _.AP75
                AP90 = over _.AP90
                APByIoU = own |> Array.map _.APByIoU |> Array.transpose |> Array.map Array.average
                APGain = gains baseline _.AP own
                AP90Gain = gains baseline _.AP90 own
                IoUThreshold = over _.IoUThreshold
                Beta = over _.Beta
                DeadShare = float (Array.sumBy _.DeadWindows own) / float (Array.sumBy _.Windows own)
            })
