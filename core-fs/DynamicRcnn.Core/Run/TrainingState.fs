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
    /// The schedule met a fault (`state.Dynamic.Fault`).
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
    /// Executed iterations at the end of the run whose loss or gradient was not finite.
    NonFiniteInARow: int
    NonFiniteInAll: int
    /// Iterations whose error statistic was exactly 0.
    ZeroErrorIterations: int
    /// Closed windows of which at least half of the errors were exactly 0: beta is a median, so they decide it whatever the
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

    /// IoU threshold and beta of the next forward pass.
    member this.Setting = this.Dynamic.Setting

    /// BestAP before the first evaluation, and AP of an evaluation that had nothing to measure.
    static member NoAP = -1.0

    /// A score threshold before the first evaluation, and where an evaluation found nothing.
    static member NoThreshold = -1.0

    /// The state before the first iteration. `environment`: what a bit-exact continuation depends on.
    static member Initial(config: Config, environment: EnvironmentEntry[]) : TrainingState = {
        Seed = config.Run.Seed
        Environment = environment
        Dynamic = DynamicTraining.initial config.Dynamic
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

    /// The fold of the schedule, and the zeros that it was given. A window has closed when its errors are gone.
    member private state.Measure(config: Config, outcome: BatchOutcome) : TrainingState =
        let after = DynamicTraining.step config.Dynamic state.Dynamic outcome

        let measured =
            match outcome with
            | BatchOutcome.Measured statistics -> [| statistics.LowError |]
            | _ -> [||]

        let zeros (errors: float[]) : int =
            errors |> Array.filter (fun error -> error = 0.0) |> Array.length

        let isDead () =
            let window = Array.append state.Dynamic.LowErrors measured

            after.LowErrors.Length = 0
            && window.Length > 0
            && 2 * zeros window >= window.Length

        {
            state with
                Dynamic = after
                ZeroErrorIterations = state.ZeroErrorIterations + zeros measured
                DeadWindows = state.DeadWindows + (if isDead () then 1 else 0)
        }

    /// One iteration with finite loss and gradient, or a skipped one. A skipped one does not end a row of non-finite steps.
    member state.Advance(config: Config, outcome: BatchOutcome) : TrainingState = {
        state.Measure(config, outcome) with
            NonFiniteInARow =
                match outcome with
                | BatchOutcome.Skipped _ -> state.NonFiniteInARow
                | _ -> 0
    }

    /// One iteration whose optimiser step was left out for a non-finite loss or gradient. Its statistics come from finite
    /// weights, so the schedule takes them like any others (`ProposalStatistics.outcome` has refused non-finite ones).
    member state.AdvanceNonFinite(config: Config, outcome: BatchOutcome) : TrainingState = {
        state.Measure(config, outcome) with
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
        if state.Dynamic.Fault.IsSome then
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
