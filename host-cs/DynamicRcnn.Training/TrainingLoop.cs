using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>
/// The loop of a run: make a step on the next images, read it, fold what it measured into the state, record it, evaluate if that is due, save
/// if that is due. The next step takes the new state's IoU threshold and beta.
/// </summary>
/// <param name="config">Of the run.</param>
/// <param name="start">The state before the first iteration.</param>
/// <param name="folder">The run's.</param>
/// <param name="dataset">The training split.</param>
/// <param name="processes">That share the run.</param>
/// <param name="window">Makes the steps and folds them.</param>
/// <param name="evaluation">Null: the run is not evaluated.</param>
/// <param name="checkpoints">The run's.</param>
internal sealed class TrainingLoop(
    Config config,
    TrainingState start,
    RunFolder folder,
    Dataset dataset,
    RunProcesses processes,
    StepWindow window,
    RunEvaluation? evaluation,
    RunCheckpoints checkpoints
)
{
    private TrainingState state = start;

    /// <summary>After the last iteration that was read.</summary>
    internal TrainingState State => state;

    /// <summary>Images that could not be decoded, once the run has ended: those of all processes, but of one that failed its own.</summary>
    internal IReadOnlyList<Finding> Findings { get; private set; } = [];

    private bool IsEvaluationDue => evaluation is not null && state.EvaluationDue;

    /// <param name="isCancelled">Asked once before each iteration.</param>
    /// <param name="cancellation">Cuts an evaluation off.</param>
    internal IEnumerable<RunEvent> Run(Func<bool> isCancelled, CancellationToken cancellation)
    {
        Panel panel = evaluation?.Panel ?? Panel.Empty;
        using RunRecords records = Records(panel);
        PanelRecord? boxes = processes.KeepsFolder ? PanelRecord.Open(folder, panel, state.Iteration) : null;
        using BatchSource batches = Batches();
        IReadOnlyList<Finding>? found = null;
        try
        {
            if (IsEvaluationDue)
            {
                foreach (RunEvent happened in Evaluate(boxes, records, cancellation).Concat(Save(isRequired: false)))
                {
                    yield return happened;
                }
            }
            // One process may have been told to stop, or all of them; they stop after the same step.
            while (!processes.Any(isCancelled()) && IsRunning())
            {
                window.Make(state, batches.Next, IsSkipped, processes.Count);
                if (!IsReadingDue())
                {
                    continue;
                }
                bool last = state.Iteration + window.Count >= config.Solver.Iterations;
                foreach (RunEvent happened in Read(records))
                {
                    yield return happened;
                }
                if (last || IsDue(config.Evaluation.Interval, state.Iteration))
                {
                    foreach (RunEvent happened in Evaluate(boxes, records, cancellation))
                    {
                        yield return happened;
                    }
                }
                if (last || IsDue(config.Checkpoint.Interval, state.Iteration))
                {
                    foreach (RunEvent happened in Save(isRequired: last))
                    {
                        yield return happened;
                    }
                }
            }
            // A run that was told to stop may be inside a window.
            foreach (RunEvent happened in Read(records))
            {
                yield return happened;
            }
            if (!checkpoints.Has(state.Iteration))
            {
                foreach (RunEvent happened in Save(isRequired: true))
                {
                    yield return happened;
                }
            }
            found = processes.All(batches.Findings);
        }
        finally
        {
            Findings = found ?? batches.Findings;
        }
        yield return new Ended(state, Cancelled: state.Status(config).IsRunning || IsEvaluationDue);
    }

    /// <summary>Reads what has been made and folds it; the run's files and its state then know of it.</summary>
    /// <exception cref="RunException">A step was one too many that was not finite, or the schedule met a fault.</exception>
    private IEnumerable<RunEvent> Read(RunRecords records)
    {
        string? failure = null;
        foreach (Stepped stepped in window.Read(state))
        {
            state = stepped.State;
            failure ??= Failure(stepped);
            records.Append(stepped);
            yield return stepped;
        }
        if (failure is null)
        {
            yield break;
        }
        foreach (RunEvent happened in Save(isRequired: true))
        {
            yield return happened;
        }
        throw new RunException(failure, RunFault.Run);
    }

    private IEnumerable<RunEvent> Evaluate(PanelRecord? boxes, RunRecords records, CancellationToken cancellation)
    {
        if (evaluation is null)
        {
            yield break;
        }
        (state, Evaluated? evaluated, NotSaved? notSaved) = evaluation.Run(state, boxes, cancellation);
        if (evaluated is not null)
        {
            records.Append(evaluated);
            yield return evaluated;
        }
        if (notSaved is not null)
        {
            yield return notSaved;
        }
    }

    /// <returns>Nothing where another process does it.</returns>
    private IEnumerable<RunEvent> Save(bool isRequired) =>
        processes.KeepsFolder ? [checkpoints.Save(state, isRequired)] : [];

    private static bool IsDue(int interval, int iteration) => interval > 0 && iteration % interval == 0;

    /// <summary>Whether something now needs the numbers of the steps so far: the next setting, an evaluation, a checkpoint, the end.</summary>
    private bool IsReadingDue()
    {
        int iteration = state.Iteration + window.Count;
        return window.IsFull(state)
            || iteration >= config.Solver.Iterations
            || IsDue(config.Checkpoint.Interval, iteration)
            || (evaluation is not null && IsDue(config.Evaluation.Interval, iteration));
    }

    private bool IsSkipped(ImageBatch[] passes) =>
        DynamicTraining.SkipsImagesWithoutBoxes(config.Dynamic)
        && processes.Any(passes.Any(pass => pass.Items.Any(item => item.Labels.Length == 0)));

    /// <exception cref="RunException">The run has failed before; going on would repeat it.</exception>
    private bool IsRunning() =>
        Failure(stepped: null) is { } failure
            ? throw new RunException(failure, RunFault.Run)
            : state.Status(config).IsRunning;

    private string? Failure(Stepped? stepped)
    {
        RunStatus status = state.Status(config);
        if (status.IsFaulted)
        {
            return $"iteration {state.Iteration}: {ProposalStatistics.DescribeFault(state.Fault!.Value)}";
        }
        return status.IsNonFinite
            ? $"iteration {state.Iteration}: {stepped?.Report?.NonFinite ?? "the loss"} was not finite, {state.NonFiniteInARow} steps in a row; "
                + "the checkpoint holds the weights before them; lower solver.baseLearningRate or raise solver.warmupIterations"
            : null;
    }

    // Each goes on from the run's iteration, whatever it says of later ones.
    private RunRecords Records(Panel panel) =>
        !processes.KeepsFolder
            ? new([])
            : new([
                RunLog.Open(folder.LogPath, state.Iteration),
                RunTables.Open(folder, config.Model.Cascade.StageCount, state.Iteration),
                RunEvents.Open(folder, panel, config.Dynamic, state.Iteration),
                .. StageSchedules
                    .Of(config)
                    .Select((schedule, stage) => StatisticsRecorder.Open(folder, schedule, stage, state.Iteration)),
            ]);

    private BatchSource Batches() =>
        BatchSource.Train(
            dataset,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Data.ImagesPerStep / config.Solver.AccumulationSteps,
            config.Run.Seed,
            ((long)state.Iteration * config.Solver.AccumulationSteps) + 1,
            processes.Shard,
            LastMosaic
        );

    /// <summary>Mosaics end before the learning rate falls, so that the run ends on pictures as they are.</summary>
    private long LastMosaic =>
        config.Solver.Milestones is [int first, ..] ? (long)first * config.Solver.AccumulationSteps : long.MaxValue;
}
