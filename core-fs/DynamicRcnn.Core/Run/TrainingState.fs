namespace DynamicRcnn.Core

/// One fact that a bit-exact continuation depends on: a library's version, the number of threads.
type EnvironmentEntry = { Name: string; Value: string }

/// Whether a run goes on.
[<RequireQualifiedAccess>]
type RunStatus =
    | Running
    | IterationsReached
    /// `evaluation.patience` evaluations without a better AP.
    | NoImprovement
    /// `nonFinite.maxInARow` non-finite steps in a row.
    | NonFinite
    /// The schedule met a fault (`state.Fault`).
    | Faulted

/// Everything a run knows besides tensors: the one record that a checkpoint stores as text. Arrays are never changed
/// after their creation. Randomness is a function of (seed, iteration, image id, purpose), so there is no generator state.
/// Its transitions each give the next state.
type TrainingState = {
    Seed: int
    /// What the run was computed with, in the order it was gathered.
    Environment: EnvironmentEntry[]
    /// The fold of the schedule; it owns the iteration.
    Dynamic: DynamicState
    /// The folds of a cascade's further stages, in their order; none with one box head.
    Cascade: DynamicState[]
    /// Executed iterations at the end of the run whose loss or gradient was not finite.
    NonFiniteInARow: int
    NonFiniteInAll: int
    /// Iterations whose error statistic was exactly 0, of a cascade in any stage.
    ZeroErrorIterations: int
    /// Iterations that closed a window (of a cascade: in any stage) of which at least half of the errors were exactly 0: beta is a median, so they decide it whatever the
    /// detector has learnt.
    DeadWindows: int
    /// Best AP of an evaluation; -1 before the first.
    BestAP: float
    /// Iteration of the best AP; 0 before the first evaluation.
    BestIteration: int
    Evaluations: int
    EvaluationsWithoutImprovement: int
    /// What the last evaluation says of scores, for those who use the detector.
    ScoreThresholds: ScoreThresholds
    /// A request to stop cut the evaluation of this iteration off; a run that goes on begins with it.
    EvaluationDue: bool
} with

    /// Iterations so far, skipped ones included.
    member this.Iteration = this.Dynamic.Iteration

    /// Iterations that made no forward pass.
    member this.SkippedIterations = this.Dynamic.SkippedIterations

    /// IoU threshold and beta of the next forward pass; of a cascade those of its first stage.
    member this.Setting = this.Dynamic.Setting

    /// The folds of all stages, the first one first.
    member this.Stages: DynamicState[] = Array.append [| this.Dynamic |] this.Cascade

    /// IoU threshold and beta of the next forward pass, of each stage.
    member this.Settings: Setting[] = this.Stages |> Array.map _.Setting

    /// The fault that ends the run: the first stage's that has one.
    member this.Fault: ScheduleFault option = this.Stages |> Array.tryPick _.Fault

    /// The smallest number of further iterations after which a setting can change: until then statistics may stay on the device.
    member this.IterationsUntilUpdate(config: Config) : int =
        Array.map2 DynamicTraining.iterationsUntilUpdate (StageSchedules.ofConfig config) this.Stages
        |> Array.min

    /// BestAP before the first evaluation, and AP of an evaluation that had nothing to measure.
    static member NoAP = -1.0

    /// A score threshold before the first evaluation, and where an evaluation found nothing.
    static member NoThreshold = -1.0

    /// The state before the first iteration. `environment`: what a bit-exact continuation depends on.
    static member Initial(config: Config, environment: EnvironmentEntry[]) : TrainingState = {
        Seed = config.Run.Seed
        Environment = environment
        Dynamic = DynamicTraining.initial config.Dynamic
        Cascade =
            StageSchedules.ofConfig config
            |> Array.skip 1
            |> Array.map DynamicTraining.initial
        NonFiniteInARow = 0
        NonFiniteInAll = 0
        ZeroErrorIterations = 0
        DeadWindows = 0
        BestAP = TrainingState.NoAP
        BestIteration = 0
        Evaluations = 0
        EvaluationsWithoutImprovement = 0
        ScoreThresholds = {
            All = TrainingState.NoThreshold
            ByClass = [||]
        }
        EvaluationDue = false
    }

    /// The folds of the schedule, and the zeros that they were given. A window has closed when its errors are gone.
    member private state.Measure(config: Config, outcome: BatchOutcome, cascade: BatchOutcome[]) : TrainingState =
        let outcomes =
            match outcome with
            | BatchOutcome.Skipped _ -> state.Stages |> Array.map (fun _ -> outcome)
            | _ -> Array.append [| outcome |] cascade

        let after =
            Array.map3 DynamicTraining.step (StageSchedules.ofConfig config) state.Stages outcomes

        let measured (outcome: BatchOutcome) =
            match outcome with
            | BatchOutcome.Measured statistics -> [| statistics.LowError |]
            | _ -> [||]

        let zeros (errors: float[]) : int =
            errors |> Array.filter (fun error -> error = 0.0) |> Array.length

        let isDead (before: DynamicState, after: DynamicState, outcome: BatchOutcome) =
            let window = Array.append before.LowErrors (measured outcome)

            after.LowErrors.Length = 0
            && window.Length > 0
            && 2 * zeros window >= window.Length

        let one (holds: bool) = if holds then 1 else 0
        let hasZero = outcomes |> Array.exists (fun outcome -> zeros (measured outcome) > 0)
        let hasDied = Array.zip3 state.Stages after outcomes |> Array.exists isDead

        {
            state with
                Dynamic = after[0]
                Cascade = Array.skip 1 after
                ZeroErrorIterations = state.ZeroErrorIterations + one hasZero
                DeadWindows = state.DeadWindows + one hasDied
        }

    /// One iteration with finite loss and gradient, or a skipped one, which every stage skips. A skipped one does not end a row of
    /// non-finite steps. `cascade`: the outcomes of a cascade's further stages, one for each.
    member state.Advance
        (config: Config, outcome: BatchOutcome, [<System.ParamArray>] cascade: BatchOutcome[])
        : TrainingState = {
        state.Measure(config, outcome, cascade) with
            NonFiniteInARow =
                match outcome with
                | BatchOutcome.Skipped _ -> state.NonFiniteInARow
                | _ -> 0
    }

    /// One iteration whose optimiser step was left out for a non-finite loss or gradient. Its statistics come from finite
    /// weights, so the schedule takes them like any others (`ProposalStatistics.outcome` has refused non-finite ones).
    member state.AdvanceNonFinite
        (config: Config, outcome: BatchOutcome, [<System.ParamArray>] cascade: BatchOutcome[])
        : TrainingState = {
        state.Measure(config, outcome, cascade) with
            NonFiniteInARow = state.NonFiniteInARow + 1
            NonFiniteInAll = state.NonFiniteInAll + 1
    }

    /// An evaluation at the current iteration. Better means strictly larger; NaN never is.
    member state.WithEvaluation(ap: float, thresholds: ScoreThresholds) : TrainingState =
        let state = {
            state with
                Evaluations = state.Evaluations + 1
                ScoreThresholds = thresholds
                EvaluationDue = false
        }

        if ap > state.BestAP then
            {
                state with
                    BestAP = ap
                    BestIteration = state.Iteration
                    EvaluationsWithoutImprovement = 0
            }
        else
            {
                state with
                    EvaluationsWithoutImprovement = state.EvaluationsWithoutImprovement + 1
            }

    /// The evaluation of the current iteration was cut off.
    member state.WithEvaluationDue() : TrainingState = { state with EvaluationDue = true }

    /// Learning rate of the next iteration once `pending` more than the state's have been executed. Skipped iterations do not
    /// step it, as in the authors' code.
    member state.LearningRate(config: Config, pending: int) : float =
        LearningRate.at config.Solver (state.Iteration - state.SkippedIterations + pending + 1)

    /// Whether the run goes on, and why not. Reasons to fail come before reasons to be done.
    member state.Status(config: Config) : RunStatus =
        if state.Fault.IsSome then
            RunStatus.Faulted
        elif state.NonFiniteInARow >= config.NonFinite.MaxInARow then
            RunStatus.NonFinite
        elif state.Iteration >= config.Solver.Iterations then
            RunStatus.IterationsReached
        elif
            config.Evaluation.Patience > 0
            && state.EvaluationsWithoutImprovement >= config.Evaluation.Patience
        then
            RunStatus.NoImprovement
        else
            RunStatus.Running

    /// Sentences naming each entry of the environment that differs from the recorded one; none means that a resumed run
    /// continues to the bit.
    member state.EnvironmentDifferences(current: EnvironmentEntry[]) : string[] =
        let valueIn (entries: EnvironmentEntry[]) (name: string) : string =
            entries
            |> Array.tryFind (fun entry -> entry.Name = name)
            |> Option.map _.Value
            |> Option.defaultValue "(none)"

        Array.append state.Environment current
        |> Array.map _.Name
        |> Array.distinct
        |> Array.choose (fun name ->
            let before, now = valueIn state.Environment name, valueIn current name

            if before = now then
                None
            else
                Some $"{name} was {before} when the checkpoint was written and is {now} now")
