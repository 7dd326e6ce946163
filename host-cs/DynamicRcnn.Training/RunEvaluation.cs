using System.Diagnostics;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>Measures a run's detector on its validation split, and writes what came of it.</summary>
internal sealed class RunEvaluation(
    Config config,
    Dataset split,
    RunFolder folder,
    TrainedParts parts,
    RunProcesses processes,
    RunCheckpoints checkpoints,
    ResultWriter results
)
{
    /// <summary>Small copies of some images, which the report shows.</summary>
    internal Panel Panel { get; } =
        processes.KeepsFolder ? Panel.OfRun(folder, split, config.Evaluation.PanelImages) : Panel.Empty;

    /// <summary>Evaluates the detector as it is after an iteration.</summary>
    /// <param name="state">After it.</param>
    /// <param name="boxes">Takes what is found in the panel's images; null where another process keeps the folder.</param>
    /// <param name="cancellation">Cuts it off: then the state says that it is due.</param>
    /// <returns>
    /// The state with the evaluation counted in; the figures, where this process has them; and whether files could not be written.
    /// </returns>
    internal (TrainingState State, Evaluated? Evaluated, NotSaved? NotSaved) Run(
        TrainingState state,
        PanelRecord? boxes,
        CancellationToken cancellation
    )
    {
        long started = Stopwatch.GetTimestamp();
        if (Measure(state, cancellation) is not { } measured)
        {
            return (state.WithEvaluationDue(), null, null);
        }
        TrainingState after = measured.After;
        if (measured.Measurement is not { } measurement)
        {
            return (after, null, null); // another process has the figures
        }
        bool best = after.BestIteration == after.Iteration;
        Evaluated evaluated = new(after, measurement, best, Stopwatch.GetElapsedTime(started).TotalSeconds);
        return (after, evaluated, results.Try(() => Write(evaluated, boxes)));
    }

    /// <returns>Null when it was cut off.</returns>
    private (Measurement? Measurement, TrainingState After)? Measure(
        TrainingState state,
        CancellationToken cancellation
    )
    {
        LossConditions? conditions = config.Evaluation.ValidationLoss
            ? new LossConditions([.. state.Settings.Zip(StageSchedules.Of(config))], config.Run.Seed)
            : null;
        using (parts.Average?.Applied())
        {
            Evaluator evaluator = new(parts.Detector, config);
            try
            {
                return processes.Evaluate(evaluator, state, split, conditions, Panel.ImageIds, cancellation);
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    private void Write(Evaluated evaluated, PanelRecord? boxes)
    {
        string path = folder.EvaluationOf(evaluated.State.Iteration);
        EvaluationJson.Write(path, evaluated.Measurement.Result, EvaluationNames.Of(split));
        boxes?.Append(evaluated);
        if (evaluated.IsBest)
        {
            checkpoints.SaveBest(evaluated.State);
        }
    }
}
