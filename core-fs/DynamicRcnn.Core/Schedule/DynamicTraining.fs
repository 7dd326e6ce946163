namespace DynamicRcnn.Core

/// What the schedule moves; an argument of the next forward pass.
type Setting = {
    /// A proposal is positive from this IoU with a ground truth on.
    IoUThreshold: float
    /// Beta of the box head's smooth L1 loss; 0 (Official alone) means plain L1.
    Beta: float
}

/// The state of the fold. Arrays are never changed after their creation.
type DynamicState = {
    Setting: Setting
    /// Iterations so far, skipped ones included.
    Iteration: int
    SkippedIterations: int
    /// Executed iterations without statistics.
    UnmeasuredIterations: int
    /// IoU statistics since the last update, oldest first.
    TopIoUs: float[]
    /// Error statistics since the last update, oldest first. Shorter than TopIoUs under MMDetection when a batch had no positive.
    LowErrors: float[]
    /// The first fault met; a run ends with it.
    Fault: ScheduleFault option
}

/// Dynamic training (Dynamic R-CNN, arXiv 2004.06002): the fold of batch outcomes into IoU threshold and beta.
/// `UpdateInterval >= 1` and the order of the bounds are the validated configuration's promise.
[<RequireQualifiedAccess>]
module DynamicTraining =

    /// MMDetection keeps the current beta when the median is below this (its EPS, since pull request 4303).
    let private mmDetectionSmallestMedian = 1e-15

    /// The state before the first iteration.
    [<CompiledName "Initial">]
    let initial (config: DynamicConfig) : DynamicState = {
        Setting = {
            IoUThreshold = config.InitialIoU
            Beta = config.InitialBeta
        }
        Iteration = 0
        SkippedIterations = 0
        UnmeasuredIterations = 0
        TopIoUs = [||]
        LowErrors = [||]
        Fault = None
    }

    /// Element n / 2 of the sorted values: for an even count the upper of the two middle ones. At least one value.
    let private upperMedian (values: float[]) : float = (Array.sort values)[values.Length / 2]

    /// Replaces the halves that move.
    let private move (config: DynamicConfig) (iouThreshold: float) (beta: float) (current: Setting) : Setting = {
        IoUThreshold =
            if config.MoveThreshold then
                iouThreshold
            else
                current.IoUThreshold
        Beta = if config.MoveBeta then beta else current.Beta
    }

    let private closeWindow (setting: Setting) (state: DynamicState) : DynamicState = {
        state with
            Setting = setting
            TopIoUs = [||]
            LowErrors = [||]
    }

    let private append (topIoU: float) (lowError: float) (state: DynamicState) : DynamicState = {
        state with
            TopIoUs = Array.append state.TopIoUs [| topIoU |]
            LowErrors = Array.append state.LowErrors [| lowError |]
    }

    /// The first fault stays.
    let private withFault (fault: ScheduleFault) (state: DynamicState) : DynamicState = {
        state with
            Fault = state.Fault |> Option.orElse (Some fault)
    }

    /// Ours: a full window of C measured outcomes, both halves clamped.
    let private proposalsOnlyUpdate (config: DynamicConfig) (state: DynamicState) : DynamicState =
        if state.TopIoUs.Length < config.UpdateInterval then
            state
        else
            let mean = Summation.leftToRight state.TopIoUs / float state.TopIoUs.Length
            let iouThreshold = mean |> max config.FloorIoU |> min config.CeilingIoU

            let beta =
                upperMedian state.LowErrors |> max config.MinimumBeta |> min config.InitialBeta

            closeWindow (move config iouThreshold beta state.Setting) state

    /// The authors' code: at executed iterations that C divides, whatever the window holds. The sum is divided by C, not by
    /// the number of entries, and beta is element C / 2, so skipped iterations lower the threshold or, when they
    /// fall on an update, nearly double it. Too few entries for C / 2 are a fault (there: an index error).
    let private officialUpdate (config: DynamicConfig) (state: DynamicState) : DynamicState =
        let middle = config.UpdateInterval / 2

        if state.Iteration % config.UpdateInterval <> 0 then
            state
        elif config.MoveBeta && state.LowErrors.Length <= middle then
            let fault =
                ScheduleFault.WindowTooShort(state.Iteration, state.LowErrors.Length, middle + 1)

            state |> closeWindow state.Setting |> withFault fault
        else
            let sum = Summation.leftToRight state.TopIoUs
            let iouThreshold = max (sum / float config.UpdateInterval) config.FloorIoU

            let beta =
                if config.MoveBeta then
                    let sorted = Array.sort state.LowErrors
                    min sorted[middle] config.InitialBeta
                else
                    state.Setting.Beta

            closeWindow (move config iouThreshold beta state.Setting) state

    /// MMDetection: after C entries of the IoU history; a tiny median, or no error at all, keeps beta.
    let private mmDetectionUpdate (config: DynamicConfig) (state: DynamicState) : DynamicState =
        if state.TopIoUs.Length < config.UpdateInterval then
            state
        else
            let iouThreshold = max config.FloorIoU (Summation.mean state.TopIoUs)
            let median = Summation.median state.LowErrors

            let beta =
                if median >= mmDetectionSmallestMedian then
                    min config.InitialBeta median
                else
                    state.Setting.Beta

            closeWindow (move config iouThreshold beta state.Setting) state

    let private update (config: DynamicConfig) : DynamicState -> DynamicState =
        match config.Rule with
        | StatisticsRule.ProposalsOnly -> proposalsOnlyUpdate config
        | StatisticsRule.Official -> officialUpdate config
        | StatisticsRule.MMDetection -> mmDetectionUpdate config

    /// One iteration. A skipped one advances the counters alone, even when C divides its number. An unmeasured one adds
    /// nothing to the window; under Official an update due at it takes place.
    [<CompiledName "Step">]
    let step (config: DynamicConfig) (state: DynamicState) (outcome: BatchOutcome) : DynamicState =
        let state = {
            state with
                Iteration = state.Iteration + 1
        }

        match outcome with
        | BatchOutcome.Skipped _ -> {
            state with
                SkippedIterations = state.SkippedIterations + 1
          }
        | BatchOutcome.Faulted fault -> withFault fault state
        | BatchOutcome.Measured statistics -> state |> append statistics.TopIoU statistics.LowError |> update config
        | BatchOutcome.TopIoUOnly topIoU when config.Rule = StatisticsRule.MMDetection ->
            {
                state with
                    TopIoUs = Array.append state.TopIoUs [| topIoU |]
            }
            |> update config
        | BatchOutcome.TopIoUOnly _
        | BatchOutcome.Unmeasured _ ->
            {
                state with
                    UnmeasuredIterations = state.UnmeasuredIterations + 1
            }
            |> update config

    /// Whether a batch that holds an image without boxes is left out, as the authors' code does.
    [<CompiledName "SkipsImagesWithoutBoxes">]
    let skipsImagesWithoutBoxes (config: DynamicConfig) : bool = config.Rule = StatisticsRule.Official

    /// The smallest number of further iterations after which the setting can change: until then statistics may stay
    /// on the device. At least 1.
    [<CompiledName "IterationsUntilUpdate">]
    let iterationsUntilUpdate (config: DynamicConfig) (state: DynamicState) : int =
        match config.Rule with
        | StatisticsRule.Official -> config.UpdateInterval - state.Iteration % config.UpdateInterval
        | StatisticsRule.ProposalsOnly
        | StatisticsRule.MMDetection -> max 1 (config.UpdateInterval - state.TopIoUs.Length)
