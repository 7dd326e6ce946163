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
        var file = new ConfigLayer(options.Plan, File.ReadAllText(options.Plan));
        ExperimentPlan plan = Configuration.Require(ExperimentPlanText.Read(file));
        ExperimentRunFolder[] all =
        [
            .. plan.Runs.Select(run => new ExperimentRunFolder(options.Out, run, Resolve(options, plan, run))),
        ];
        ExperimentRunFolder[] chosen = [.. Chosen(options, plan, all)];
        foreach (ExperimentRunFolder run in all)
        {
            run.RequireSameSettings();
        }

        for (int i = 0; i < chosen.Length; i++)
        {
            if (!Finish(chosen[i], $"run {i + 1} of {chosen.Length}", options, terminal))
            {
                break;
            }
        }

        Write(options.Out, plan, all, chosen, terminal.Output);
        if (options.Intervals)
        {
            ExperimentIntervals.Write(options.Out, [.. chosen.Where(run => run.IsFinished)], terminal.Output);
        }
    }

    private static ResolvedConfig Resolve(ExperimentOptions options, ExperimentPlan plan, ExperimentRun run)
    {
        OptionValue seed = new("--seed", "run.seed", ConfigValue.NewInt(run.Seed));
        ConfigSources sources = new(plan.Preset, [], plan.SetsOf(run.Arm), [.. options.Choice.Options, seed]);
        ResolvedConfig resolved = Configuration.Require(ConfigText.Resolve(sources));
        return resolved.Config.Evaluation.Patience == 0
            ? resolved
            : throw new UsageException([
                $"{options.Plan}: evaluation.patience: got {resolved.Config.Evaluation.Patience} for the arm {run.Arm.Name}, "
                    + "expected 0: arms are compared after the same number of iterations",
            ]);
    }

    private static IEnumerable<ExperimentRunFolder> Chosen(
        ExperimentOptions options,
        ExperimentPlan plan,
        ExperimentRunFolder[] all
    )
    {
        string[] arms = [.. plan.Arms.Select(arm => arm.Name)];
        string[] seeds = [.. plan.Seeds.Select(seed => $"{seed}")];
        Require("--arms", options.Arms, arms);
        Require("--seeds", options.Seeds, seeds);
        return all.Where(run =>
            (options.Arms.Length == 0 || options.Arms.Contains(run.Run.Arm.Name))
            && (options.Seeds.Length == 0 || options.Seeds.Contains($"{run.Run.Seed}"))
        );
    }

    private static void Require(string option, string[] given, string[] known)
    {
        if (given.FirstOrDefault(name => !known.Contains(name)) is { } unknown)
        {
            throw new UsageException([
                $"experiment: {option} {unknown}: the plan has no such, expected some of {string.Join(", ", known)}",
            ]);
        }
    }

    /// <returns>Whether the run has ended; false when a signal stopped it.</returns>
    private static bool Finish(ExperimentRunFolder run, string place, ExperimentOptions options, Terminal terminal)
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
            ProcessGroup.Alone
        );
        if (!run.IsFinished)
        {
            terminal.Output.WriteLine("the same command goes on where it was stopped");
        }

        return run.IsFinished;
    }

    private static void Write(
        string root,
        ExperimentPlan plan,
        ExperimentRunFolder[] all,
        ExperimentRunFolder[] chosen,
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
        ExperimentFiles.Write(root, outcomes, rows);
        output.WriteLine();
        output.WriteLine($"{finished.Length} of {all.Length} runs are finished");
        ExperimentFiles.Table(rows).Write(output);
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
