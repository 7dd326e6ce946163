using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>How much a training command says while it runs.</summary>
internal enum Loudness
{
    /// <summary>No progress lines.</summary>
    Quiet,

    /// <summary>Progress, evaluations in one line.</summary>
    Normal,

    /// <summary>Checkpoints and evaluation tables too.</summary>
    Verbose,
}

/// <summary>Tells a run's events to people.</summary>
/// <param name="config">The run's configuration.</param>
/// <param name="names">Of the classes.</param>
/// <param name="line">Where progress goes.</param>
/// <param name="loudness">How much of it.</param>
internal sealed class TrainProgress(Config config, EvaluationNames names, ProgressLine line, Loudness loudness)
{
    private readonly List<Stepped> sinceLast = [];
    private double secondsPerStep;
    private bool warnedOfDeadBeta;

    /// <summary>The last evaluation; null before the first.</summary>
    public EvaluationResult? LastEvaluation { get; private set; }

    /// <summary>The best checkpoint's figures came from this iteration; 0 without an evaluation.</summary>
    public int BestIteration { get; private set; }

    /// <summary>Says what there is to say about an event.</summary>
    public void Tell(RunEvent happened)
    {
        switch (happened)
        {
            case Stepped step:
                Tell(step);
                break;
            case Evaluated evaluated:
                Tell(evaluated);
                break;
            case Saved saved when loudness == Loudness.Verbose:
                line.Say($"checkpoint {saved.Path}");
                break;
            case NotSaved notSaved:
                string most = $"checkpoint.failuresInARow is {config.Checkpoint.FailuresInARow}";
                line.Say($"warning: {notSaved.Message}; the run goes on ({notSaved.InARow} in a row, {most})");
                break;
            case Ended:
                line.End();
                break;
            default:
                break;
        }
    }

    private void Tell(Stepped step)
    {
        if (step.Report?.NonFinite is { } what)
        {
            line.Say($"iteration {step.State.Iteration}: {what} is not finite; the step is left out");
        }

        WarnOfDeadBeta(step);
        sinceLast.Add(step);
        bool last = step.State.Iteration == config.Solver.Iterations;
        if (loudness != Loudness.Quiet && (last || step.State.Iteration % config.Run.LogInterval == 0))
        {
            line.Show(Figures(step).ToString());
        }

        if (last || step.State.Iteration % config.Run.LogInterval == 0)
        {
            sinceLast.Clear();
        }
    }

    // Once in each training command: what the state counts goes on in the log.
    private void WarnOfDeadBeta(Stepped step)
    {
        if (!warnedOfDeadBeta && config.Dynamic.MoveBeta && step.State.DeadWindows > 0)
        {
            warnedOfDeadBeta = true;
            line.Say($"warning: {DeadBetaWarning.Sentence(step.State, config)}");
        }
    }

    private StepFigures Figures(Stepped step)
    {
        double seconds = sinceLast.Average(each => each.Seconds);

        // The remaining time follows the speed, but not its noise.
        secondsPerStep = secondsPerStep == 0 ? seconds : (0.7 * secondsPerStep) + (0.3 * seconds);
        return new StepFigures(
            step.State.Iteration,
            config.Solver.Iterations,
            Mean(losses => losses.RpnObjectness),
            Mean(losses => losses.RpnBox),
            Mean(losses => losses.Classification),
            Mean(losses => losses.Box),
            step.State.Settings,
            step.LearningRate,
            sinceLast.Sum(each => each.Images) / sinceLast.Sum(each => each.Seconds),
            TimeSpan.FromSeconds((config.Solver.Iterations - step.State.Iteration) * secondsPerStep)
        );
    }

    private double Mean(Func<StepLosses, double> part)
    {
        double[] values =
        [
            .. sinceLast.Select(each => each.Report).OfType<StepReport>().Select(each => part(each.Losses)),
        ];
        return values.Length == 0 ? double.NaN : values.Average();
    }

    private void Tell(Evaluated evaluated)
    {
        LastEvaluation = evaluated.Measurement.Result;
        BestIteration = evaluated.State.BestIteration;
        EvaluationResult result = evaluated.Measurement.Result;
        string loss = evaluated.Measurement.Losses is { } losses ? $", loss {losses.Total:F3}" : "";
        line.Say(
            $"evaluation at {evaluated.State.Iteration}: AP {Figure(result.AP)}, AP50 {Figure(result.AP50)}, AP75 {Figure(result.AP75)}{loss}"
                + $" ({Amount.Time(TimeSpan.FromSeconds(evaluated.Seconds))}){(evaluated.IsBest ? ", the best so far" : "")}"
        );
        foreach (Finding finding in evaluated.Measurement.Findings)
        {
            line.Say(finding.Message);
        }

        if (loudness == Loudness.Verbose)
        {
            using var tables = new StringWriter();
            EvaluationTable.Write(result, names, tables);
            line.Say(tables.ToString());
        }
    }

    // -1 says that there was nothing to measure.
    private static string Figure(double value) => value < 0 ? "-" : $"{value:F3}";
}
