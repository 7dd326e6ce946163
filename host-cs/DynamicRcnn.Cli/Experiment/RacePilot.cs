using System.Diagnostics;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>What an arm's runs cost on this machine: a few steps and an evaluation of each arm, of which nothing is kept.</summary>
internal static class RacePilot
{
    private const int Steps = 20;
    private const double ShareOfTime = 0.2;

    /// <returns>The arms' costs in the plan's order; null when a signal stopped it.</returns>
    /// <exception cref="UsageException">It takes too much of the time.</exception>
    public static Dictionary<string, RunCost>? Measure(
        ExperimentOptions options,
        IReadOnlyList<(ExperimentRun Run, ResolvedConfig Config)> arms,
        double hours,
        RaceState state,
        StopSignal stop,
        Terminal terminal
    )
    {
        string root = Path.Combine(options.Out, "pilot");
        Remove(root);
        using CancellationTokenSource late = RaceCommand.After(
            (ShareOfTime * hours * TimeSpan.SecondsPerHour) - state.Used
        );
        Dictionary<string, RunCost> costs = [];
        try
        {
            foreach ((ExperimentRun run, ResolvedConfig config) in arms)
            {
                terminal.Output.WriteLine($"measuring {run.Arm.Name}: {Steps} steps and an evaluation");
                ExperimentRunFolder folder = new(root, run, Short(config));
                if (Measure(folder, stop, terminal, late.Token) is { } cost)
                {
                    costs.Add(run.Arm.Name, cost);
                    terminal.Output.WriteLine(
                        FormattableString.Invariant(
                            $"  a step takes {cost.Step:F3} s, an evaluation {cost.Evaluation:F1} s, the rest of a run {cost.Start:F1} s"
                        )
                    );
                }
                else if (late.IsCancellationRequested)
                {
                    throw TooLong(hours, costs.Count, arms.Count);
                }
                else
                {
                    return null;
                }
            }
        }
        finally
        {
            Remove(root);
        }

        return costs;
    }

    private static RunCost? Measure(
        ExperimentRunFolder folder,
        StopSignal stop,
        Terminal terminal,
        CancellationToken late
    )
    {
        long started = Stopwatch.GetTimestamp();
        Terminal quiet = new(TextWriter.Null, terminal.Errors);
        _ = TrainCommand.Train(
            folder.Root,
            folder.Config,
            resume: false,
            Loudness.Quiet,
            quiet,
            ProcessGroup.Alone,
            signal: stop,
            ends: late
        );
        if (!folder.IsFinished || stop.Token.IsCancellationRequested)
        {
            return null;
        }

        (double[] steps, double evaluation) = folder.Times();
        double start = Stopwatch.GetElapsedTime(started).TotalSeconds - steps.Sum() - evaluation;
        return new RunCost(start, TrainBudget.SecondsOfStep(steps), evaluation);
    }

    private static ResolvedConfig Short(ResolvedConfig config)
    {
        const string Origin = "--hours, measured first";
        int steps = Math.Min(Steps, config.Config.Solver.Iterations);
        return Budget.EvaluateAtEnd(Budget.EndAfter(config, steps, Origin), Origin);
    }

    private static UsageException TooLong(double hours, int measured, int arms)
    {
        double would = hours * arms / Math.Max(1, measured);
        return new UsageException([
            string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"experiment: --hours {hours} is too short: a fifth of it was over when {measured} of {arms} arms had been measured ({Steps} steps and an evaluation each); more than {RaceCommand.Ceiling(would)} hours would do for measuring, or smaller images, fewer of them in val, or fewer --arms"
            ),
        ]);
    }

    private static void Remove(string root)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
