using System.Diagnostics;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>
/// The iterations since their numbers were last read. They share a setting, which cannot change before the schedule's window ends, so the
/// numbers may wait on the device until then; they are folded into the state in the order of the iterations.
/// </summary>
/// <param name="config">Of the run.</param>
/// <param name="step">Makes the steps.</param>
/// <param name="average">Follows the weights; null: none.</param>
/// <param name="reading">When numbers are read at the latest.</param>
public sealed class StepWindow(Config config, TrainStep step, WeightAverage? average, StepReading reading) : IDisposable
{
    private readonly List<Iteration> made = [];

    /// <summary>An iteration whose numbers are not read yet.</summary>
    /// <param name="Step">Null: it was skipped.</param>
    /// <param name="LearningRate">Of the step.</param>
    /// <param name="Images">Over all processes.</param>
    /// <param name="Seconds">What the host spent on it.</param>
    /// <param name="WaitingSeconds">Of these, until its passes were there.</param>
    private sealed record Iteration(
        PendingStep? Step,
        double LearningRate,
        int Images,
        double Seconds,
        double WaitingSeconds
    );

    /// <summary>How many iterations have not been read.</summary>
    public int Count => made.Count;

    /// <summary>Whether the setting may change now: no further step may be made before these are read.</summary>
    public bool IsFull(TrainingState state) =>
        Count >= (reading == StepReading.EachStep ? 1 : state.IterationsUntilUpdate(config));

    /// <summary>Makes the next iteration.</summary>
    /// <param name="state">What has been read so far.</param>
    /// <param name="next">Gives the passes, one after the other; waiting for them counts as the iteration's time.</param>
    /// <param name="isSkipped">Whether the rule leaves the batch out.</param>
    /// <param name="processes">That share the run.</param>
    public void Make(TrainingState state, Func<ImageBatch> next, Func<ImageBatch[], bool> isSkipped, int processes)
    {
        long started = Stopwatch.GetTimestamp();
        ImageBatch[] passes = [.. Enumerable.Range(0, config.Solver.AccumulationSteps).Select(_ => next())];
        double waiting = Stopwatch.GetElapsedTime(started).TotalSeconds;
        int iteration = state.Iteration + Count + 1;
        double learningRate = state.LearningRate(config, pending: made.Count(each => each.Step is not null));
        PendingStep? pending = null;
        if (!isSkipped(passes))
        {
            pending = step.Start(passes, state.Settings, iteration, learningRate);
            average?.Update(iteration, pending.GradientNorm);
        }
        int images = passes.Sum(pass => pass.Items.Count) * processes;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        made.Add(new Iteration(pending, learningRate, images, seconds, waiting));
    }

    /// <summary>Reads the iterations and folds them, one after the other.</summary>
    /// <param name="state">Before the first of them.</param>
    /// <returns>In their order; the time of the reading is shared out among them.</returns>
    public IReadOnlyList<Stepped> Read(TrainingState state)
    {
        long started = Stopwatch.GetTimestamp();
        PendingStep[] steps = [.. made.Select(each => each.Step).OfType<PendingStep>()];
        Queue<StepReport> reports = new(steps.Length == 0 ? [] : step.Read(steps));
        List<(Iteration Of, Setting[] Settings, StepReport? Report, TrainingState After)> folded = [];
        foreach (Iteration each in made)
        {
            StepReport? report = each.Step is null ? null : reports.Dequeue();
            Setting[] settings = state.Settings;
            state = report switch
            {
                null => state.Advance(config, BatchOutcome.NewSkipped(SkipReason.ImageWithoutBoxes)),
                { NonFinite: null } => state.Advance(config, report.Outcome, report.CascadeOutcomes),
                _ => state.AdvanceNonFinite(config, report.Outcome, report.CascadeOutcomes),
            };
            folded.Add((each, settings, report, state));
        }
        Forget();
        double reading = Stopwatch.GetElapsedTime(started).TotalSeconds / Math.Max(1, folded.Count);
        return
        [
            .. folded.Select(each => new Stepped(
                each.After,
                each.Settings[0],
                each.Of.LearningRate,
                each.Report,
                each.Of.Images,
                each.Of.Seconds + reading,
                each.Of.WaitingSeconds,
                Environment.WorkingSet,
                ops.live_tensors
            )
            {
                Cascade = each.Settings[1..],
            }),
        ];
    }

    /// <inheritdoc/>
    public void Dispose() => Forget();

    private void Forget()
    {
        foreach (Iteration each in made)
        {
            each.Step?.Dispose();
        }
        made.Clear();
    }
}
