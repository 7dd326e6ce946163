using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn experiment --hours: as many seeds of a plan's arms as there is time for, without those that are clearly behind, and a verdict.</summary>
internal static class RaceCommand
{
    // A timer takes no longer waits than some weeks.
    private static readonly double mostSeconds = TimeSpan.FromDays(40).TotalSeconds;

    /// <exception cref="UsageException">The time is too short, or the plan is none for a race.</exception>
    /// <exception cref="RunException">A run failed, or was made with other settings.</exception>
    public static void Run(
        ExperimentOptions options,
        ExperimentPlan plan,
        double hours,
        StopSignal stop,
        Terminal terminal
    )
    {
        ExperimentArm[] chosen =
        [
            .. plan.Arms.Where(arm => options.Arms.Length == 0 || options.Arms.Contains(arm.Name)),
        ];
        plan = new ExperimentPlan(plan.Preset, plan.Sets, plan.Seeds, chosen);
        (ExperimentRun Run, ResolvedConfig Config)[] first =
        [
            .. plan.Arms.Select(arm =>
                (
                    new ExperimentRun(arm, plan.SeedAt(0)),
                    ExperimentCommand.Resolve(options, plan, new(arm, plan.SeedAt(0)))
                )
            ),
        ];
        RequireRace(options.Plan, first);
        using RaceState state = RaceState.Open(options.Out, [.. plan.Arms.Select(arm => arm.Name)]);
        if (state.Iterations == 0 && !Choose(options, first, hours, state, stop, terminal))
        {
            terminal.Output.WriteLine("stopped while the arms were measured; the same command measures them again");
            return;
        }

        RaceRuns runs = new(options, plan, state);
        runs.RequireSameSettings();
        RaceStanding standing = Train(runs, options, hours, state, stop, terminal);
        RaceReport report = new(options, plan, standing, runs.Figures(), hours, state);
        ExperimentRunFolder[] begun = runs.Begun();
        ExperimentCommand.Write(options.Out, plan, begun, begun, report, terminal.Output);
        if (options.Intervals && standing.Round > 0)
        {
            string[] last = standing.Racing.Length > 1 ? standing.Racing : [.. plan.Arms.Select(arm => arm.Name)];
            ExperimentRunFolder[] shown = [.. begun.Where(run => run.IsFinished && last.Contains(run.Run.Arm.Name))];
            ExperimentIntervals.Write(
                options.Out,
                [.. shown.OrderBy(run => Array.IndexOf(last, run.Run.Arm.Name))],
                terminal.Output
            );
        }
    }

    /// <summary>Cancelled after so many seconds.</summary>
    public static CancellationTokenSource After(double seconds) =>
        new(TimeSpan.FromSeconds(Math.Clamp(seconds, 0, mostSeconds)));

    /// <summary>Hours in two digits, rounded up.</summary>
    public static string Ceiling(double hours)
    {
        double unit = Math.Pow(10, Math.Floor(Math.Log10(hours)) - 1);
        return (Math.Ceiling(hours / unit) * unit).ToString("0.######", CultureInfo.InvariantCulture);
    }

    private static void RequireRace(string plan, (ExperimentRun Run, ResolvedConfig Config)[] arms)
    {
        int iterations = arms[0].Config.Config.Solver.Iterations;
        if (arms.Length < 2)
        {
            throw new UsageException([
                $"experiment: --hours chooses between arms, and of {plan} there is {arms[0].Run.Arm.Name} alone",
            ]);
        }

        if (arms.FirstOrDefault(arm => arm.Config.Config.Solver.Iterations != iterations) is { Run: { } other } odd)
        {
            throw new UsageException([
                $"{plan}: solver.iterations: got {odd.Config.Config.Solver.Iterations} for the arm {other.Arm.Name} and {iterations} for {arms[0].Run.Arm.Name}, expected one length for all with --hours",
            ]);
        }

        DatasetSource source = DatasetSource.Of(arms[0].Config.Config.Data);
        if (!DatasetReader.Splits(source).Contains(TrainCommand.ValidationSplit))
        {
            throw new UsageException([
                "experiment: there is no split to evaluate, so arms cannot be compared; name one with --val, or keep images for it with --hold-out 20%",
            ]);
        }
    }

    /// <summary>Measures the arms, unless that was done, and fixes the length of the runs.</summary>
    /// <returns>False when a signal stopped it.</returns>
    private static bool Choose(
        ExperimentOptions options,
        (ExperimentRun Run, ResolvedConfig Config)[] arms,
        double hours,
        RaceState state,
        StopSignal stop,
        Terminal terminal
    )
    {
        state.Begin();
        if (state.Costs.Count == 0)
        {
            if (RacePilot.Measure(options, arms, hours, state, stop, terminal) is not { } costs)
            {
                return false;
            }
            state.Measured(costs);
        }

        int wanted = arms[0].Config.Config.Solver.Iterations;
        RaceLength length = RaceLengthModule.Choose(
            hours * TimeSpan.SecondsPerHour,
            state.Used,
            wanted,
            [.. state.Costs.Values]
        );
        if (length.Iterations == 0)
        {
            throw new UsageException([
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"experiment: --hours {hours} is too short: {RaceLengthModule.Rounds} runs of each of {arms.Length} arms with at least {length.Least} iterations (an eighth of solver.iterations, {wanted}) take longer on this machine; --hours {Ceiling(length.LeastSeconds / TimeSpan.SecondsPerHour)} would do, or smaller images, fewer iterations, or fewer --arms"
                ),
            ]);
        }

        state.Choose(length.Iterations);
        terminal.Output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"--hours {hours}: each run has {length.Iterations} of {wanted} iterations, so that {RaceLengthModule.Rounds} seeds of all {arms.Length} arms fit; the same command keeps that number"
            )
        );
        return true;
    }

    /// <summary>Trains what comes next until the race is decided, the time is up or a signal stops it.</summary>
    private static RaceStanding Train(
        RaceRuns runs,
        ExperimentOptions options,
        double hours,
        RaceState state,
        StopSignal stop,
        Terminal terminal
    )
    {
        double seconds = hours * TimeSpan.SecondsPerHour;
        int told = 0;
        while (true)
        {
            RaceStanding standing = runs.Standing();
            foreach (RaceDrop drop in standing.Dropped.Skip(told))
            {
                terminal.Output.WriteLine(RaceVerdictModule.DropText(drop));
            }

            told = standing.Dropped.Length;
            double used = state.Used;
            if (Race.Next(standing, seconds, used, arm => runs.Cost(arm, standing.Round)) is not RaceStep.Train next)
            {
                return standing;
            }

            state.Begin();
            using CancellationTokenSource late = After(((1 + Race.Late) * seconds) - used);
            string time = Amount.Time(TimeSpan.FromSeconds(used));
            ExperimentRunFolder run = runs.Of(next.Arm, next.Round);
            if (
                !ExperimentCommand.Finish(
                    run,
                    $"round {next.Round + 1}, {time} of {Amount.Time(TimeSpan.FromSeconds(seconds))}",
                    options,
                    stop,
                    terminal,
                    late.Token
                )
            )
            {
                return standing;
            }
        }
    }
}
