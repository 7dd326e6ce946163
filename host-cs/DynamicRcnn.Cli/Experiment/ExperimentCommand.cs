using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Report;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>drcnn experiment: the runs of a plan, one after the other, and a table of what came of them.</summary>
internal static class ExperimentCommand
{
    private const string ReportName = "report.html";

    /// <exception cref="UsageException">The plan, an option or a run's configuration is not valid.</exception>
    /// <exception cref="RunException">A run failed, or was made with other settings.</exception>
    public static void Run(ExperimentOptions options, Terminal terminal)
    {
        ExperimentPlan plan = Read(options).With(options.Choice.Preset, options.Choice.Sets);
        Require("--arms", options.Arms, [.. plan.Arms.Select(arm => arm.Name)]);
        Require("--seeds", options.Seeds, [.. plan.Seeds.Select(seed => $"{seed}")]);
        // One for all runs: a signal at the end of one is none for the next.
        using StopSignal stop = new(terminal.Errors.WriteLine, "step");
        if (options.Hours is { } hours)
        {
            RaceCommand.Run(options, plan, hours, stop, terminal);
            return;
        }

        ExperimentRunFolder[] all =
        [
            .. plan.Runs.Select(run => new ExperimentRunFolder(options.Out, run, Resolve(options, plan, run))),
        ];
        ExperimentRunFolder[] chosen = [.. all.Where(run => IsChosen(options, run.Run))];
        foreach (ExperimentRunFolder run in all)
        {
            run.RequireSameSettings();
        }

        for (int i = 0; i < chosen.Length; i++)
        {
            if (!Finish(chosen[i], $"run {i + 1} of {chosen.Length}", options, stop, terminal))
            {
                break;
            }
        }

        Write(options.Out, plan, all, chosen, race: null, terminal.Output);
        if (options.Intervals)
        {
            ExperimentIntervals.Write(options.Out, [.. chosen.Where(run => run.IsFinished)], terminal.Output);
        }
    }

    private static ExperimentPlan Read(ExperimentOptions options)
    {
        string plan = options.Plan;
        if (plan == ComparePlan.Name)
        {
            return Configuration.Require(ComparePlan.On(options.Choice.Preset));
        }

        return File.Exists(plan)
            ? Configuration.Require(ExperimentPlanText.Read(new ConfigLayer(plan, File.ReadAllText(plan))))
            : throw new UsageException([
                $"experiment: {plan}: there is no such file, expected a plan, or {ComparePlan.Name}, which is in the program",
            ]);
    }

    /// <summary>The configuration of a run as the plan and the command line have it.</summary>
    /// <exception cref="UsageException">It is not valid, or ends when it likes.</exception>
    public static ResolvedConfig Resolve(ExperimentOptions options, ExperimentPlan plan, ExperimentRun run)
    {
        OptionValue seed = new("--seed", "run.seed", ConfigValue.NewInt(run.Seed));
        ConfigSources sources = new(plan.Preset, [], plan.SetsOf(run.Arm), [.. options.Choice.Options, seed]);
        ResolvedConfig resolved = Configuration.ResolveRooted(sources, ConfigText.Resolve);
        return resolved.Config.Evaluation.Patience == 0
            ? resolved
            : throw new UsageException([
                $"{options.Plan}: evaluation.patience: got {resolved.Config.Evaluation.Patience} for the arm {run.Arm.Name}, "
                    + "expected 0: arms are compared after the same number of iterations",
            ]);
    }

    private static bool IsChosen(ExperimentOptions options, ExperimentRun run) =>
        (options.Arms.Length == 0 || options.Arms.Contains(run.Arm.Name))
        && (options.Seeds.Length == 0 || options.Seeds.Contains($"{run.Seed}"));

    private static void Require(string option, string[] given, string[] known)
    {
        if (given.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new UsageException([
                $"experiment: {option} {unknown}: the plan has no such, expected some of {string.Join(", ", known)}",
            ]);
        }
    }

    /// <summary>Trains a run to its end, from its beginning or its last checkpoint, unless a signal or the time stops it.</summary>
    /// <returns>Whether to go on with the next.</returns>
    public static bool Finish(
        ExperimentRunFolder run,
        string place,
        ExperimentOptions options,
        StopSignal stop,
        Terminal terminal,
        CancellationToken late = default
    )
    {
        if (run.IsFinished)
        {
            terminal.Output.WriteLine($"{place}: {run.Name} is finished");
            return true;
        }

        bool resumes = run.CanResume;
        terminal.Output.WriteLine($"{place}: {run.Name}{(resumes ? " goes on" : "")}");
        _ = TrainCommand.Train(
            run.Root,
            run.Config,
            resumes,
            options.Quiet ? Loudness.Quiet : Loudness.Normal,
            terminal,
            ProcessGroup.Alone,
            signal: stop,
            ends: late
        );
        bool goesOn = run.IsFinished && !stop.Token.IsCancellationRequested;
        if (!goesOn)
        {
            terminal.Output.WriteLine(
                late.IsCancellationRequested
                    ? "the time is up; the same command with more --hours goes on"
                    : "the same command goes on where it was stopped"
            );
        }

        return goesOn;
    }

    /// <summary>Makes tables and report of the finished runs, if there are any.</summary>
    /// <param name="root">The experiment's folder.</param>
    /// <param name="plan">Whose first arm the others are compared with.</param>
    /// <param name="all">All runs that there are to be.</param>
    /// <param name="chosen">Those that the report may show.</param>
    /// <param name="race">What the race came to; null where all arms have all seeds.</param>
    /// <param name="output">Where it is said.</param>
    public static void Write(
        string root,
        ExperimentPlan plan,
        ExperimentRunFolder[] all,
        ExperimentRunFolder[] chosen,
        RaceReport? race,
        TextWriter output
    )
    {
        ExperimentRunFolder[] finished = [.. all.Where(run => run.IsFinished)];
        if (finished.Length == 0)
        {
            return;
        }

        ExperimentOutcome[] outcomes = [.. finished.Select(run => run.Outcome())];
        ExperimentRow[] rows = ExperimentTable.Rows(plan, outcomes);
        ExperimentFiles.Write(root, outcomes, rows, race);
        output.WriteLine();
        output.WriteLine($"{finished.Length} of {all.Length} runs are finished");
        ExperimentFiles.Table(rows).Write(output);
        foreach (string line in race?.Lines ?? [])
        {
            output.WriteLine(line);
        }
        output.WriteLine($"{ExperimentFiles.MarkdownPath(root)}, {ExperimentFiles.JsonPath(root)}");
        WriteReport(root, [.. finished.Intersect(chosen)], output);
    }

    /// <summary>The report of the chosen arms: one run of each, of the seed that most of them have.</summary>
    private static void WriteReport(string root, ExperimentRunFolder[] runs, TextWriter output)
    {
        if (runs.Length == 0)
        {
            return;
        }

        int seed = runs.GroupBy(run => run.Run.Seed).MaxBy(ofSeed => ofSeed.Count())!.Key;
        ExperimentRunFolder[] ofSeed = [.. runs.Where(run => run.Run.Seed == seed)];
        string report = Path.Combine(root, ReportName);
        RunReport.Write(report, RunSource.Open([.. ofSeed.Select(run => run.Root)]));
        output.WriteLine($"the runs of seed {seed}: {report}");
    }
}
