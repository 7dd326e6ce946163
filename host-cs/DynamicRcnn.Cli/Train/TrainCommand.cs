using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>drcnn train: a run from its first iteration, or from its last checkpoint, to its end.</summary>
internal static class TrainCommand
{
    /// <summary>What is trained on.</summary>
    public const string TrainSplit = "train";

    /// <summary>What is evaluated, where it is there.</summary>
    public const string ValidationSplit = "val";

    /// <summary>What no run sees.</summary>
    public const string TestSplit = "test";

    /// <param name="options">Of the command line.</param>
    /// <param name="terminal">Where it speaks.</param>
    /// <param name="group">The processes that share the run.</param>
    /// <exception cref="UsageException">The configuration is not valid.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The run failed.</exception>
    /// <exception cref="PeerFailureException">Another process failed.</exception>
    public static void Run(TrainOptions options, Terminal terminal, ProcessGroup group)
    {
        ResolvedConfig resolved = Shared(options, group);
        Loudness loudness =
            options.Quiet ? Loudness.Quiet
            : options.Verbose ? Loudness.Verbose
            : Loudness.Normal;
        Train(options.Out, resolved, options.Resume, loudness, terminal, group);
    }

    /// <summary>Trains with a configuration that is complete.</summary>
    /// <returns>The last evaluation; null when the run was stopped or has no validation split.</returns>
    public static EvaluationResult? Train(
        string root,
        ResolvedConfig resolved,
        bool resume,
        Loudness loudness,
        Terminal terminal,
        ProcessGroup group
    )
    {
        Config config = resolved.Config;
        IReadOnlyList<ConfigError> problems = ConfigRules.TrainingErrors(config);
        if (problems.Count > 0)
        {
            throw new UsageException([.. problems.Select(problem => problem.ToString())]);
        }

        // From here on a signal ends the run with a checkpoint, be it one of iteration 0.
        using var stop = new StopSignal(terminal.Errors.WriteLine, "step", RankLauncher.IsLaunched);
        Configuration.RequireThere(config.Data.Path, resume);
        Dataset dataset = Open(config, TrainSplit);
        TrainingCheck.Require(dataset);
        Dataset? measured = DatasetReader.Splits(DatasetSource.Of(config.Data)).Contains(ValidationSplit)
            ? Open(config, ValidationSplit, dataset)
            : null;
        Dataset? validation = measured is null ? null : ClassLists.Align(dataset.Name, dataset.Classes, measured);
        using TrainingRun run = resume
            ? TrainingRun.Resume(root, resolved, dataset, validation, group)
            : TrainingRun.Start(root, resolved, dataset, validation, group);
        StartReport.Write(run, config, dataset, measured, terminal.Output);
        if (loudness == Loudness.Verbose)
        {
            FindingReport.Write([.. dataset.Findings, .. validation?.Findings ?? []], all: true, terminal.Output);
        }

        // An evaluation goes by the ids of the split that it measures.
        EvaluationNames names = EvaluationNames.Of(validation ?? dataset);
        var progress = new TrainProgress(config, names, new ProgressLine(terminal.Output, terminal.Columns), loudness);
        Ended? ended = null;
        foreach (RunEvent happened in run.ToEnd(stop.Token))
        {
            progress.Tell(happened);
            ended = happened as Ended;
        }

        if (group.IsFirst)
        {
            WriteEnd(run, config, progress, ended!, root, names, loudness, terminal.Output);
        }
        return ended!.Cancelled ? null : progress.LastEvaluation;
    }

    private static ResolvedConfig Resolve(TrainOptions options)
    {
        ConfigSources sources = Configuration.Sources(options.Choice);
        ResolvedConfig resolved = Resolve(options, sources);
        // The run's folder keeps the paths, and may be resumed from anywhere.
        ConfigSources rooted = Configuration.WithRootedData(sources, resolved.Config.Data);
        return ReferenceEquals(rooted, sources) ? resolved : Resolve(options, rooted);
    }

    private static ResolvedConfig Resolve(TrainOptions options, ConfigSources sources) =>
        Configuration.Require(
            options.Resume
                ? ConfigText.Resume(Configuration.Require(ConfigText.ReadBack(RecordedConfig(options.Out))), sources)
                : ConfigText.Resolve(sources)
        );

    /// <summary>The first process's configuration: the others need neither the run's folder nor the configuration's files.</summary>
    private static ResolvedConfig Shared(TrainOptions options, ProcessGroup group)
    {
        ResolvedConfig? own = group.IsFirst ? Resolve(options) : null;
        string text = group.FromFirst(own is null ? "" : ConfigText.Write(own));
        return own
            ?? Configuration.Require(ConfigText.ReadBack(new ConfigLayer("the first process's configuration", text)));
    }

    private static ConfigLayer RecordedConfig(string root)
    {
        string path = RunFolder.Open(root).ConfigPath;
        return new ConfigLayer(path, File.ReadAllText(path));
    }

    private static Dataset Open(Config config, string split, Dataset? training = null)
    {
        Dataset dataset = DatasetReader.Open(DatasetSource.Of(config.Data), split);
        if (training is not null)
        {
            dataset = dataset with { Findings = [.. dataset.Findings, .. TrainingCheck.Shared(dataset, training)] };
        }
        return config.Data.Strict && dataset.Findings.Count > 0
            ? throw new DataException($"{dataset.Findings[0].Message} (--strict)")
            : dataset;
    }

    private static void WriteEnd(
        TrainingRun run,
        Config config,
        TrainProgress progress,
        Ended ended,
        string root,
        EvaluationNames names,
        Loudness loudness,
        TextWriter output
    )
    {
        if (run.Findings.Count > 0)
        {
            output.Write("while training: ");
            FindingReport.Write(run.Findings, loudness == Loudness.Verbose, output);
        }

        if (config.Dynamic.MoveBeta && ended.State.DeadWindows > 0)
        {
            output.WriteLine($"beta: {DeadBetaWarning.Sentence(ended.State, config)}");
        }

        if (ended.Cancelled)
        {
            output.WriteLine(
                $"stopped after iteration {ended.State.Iteration}; drcnn train --out {root} --resume goes on"
            );
            return;
        }

        if (ended.State.Iteration < run.Iterations)
        {
            output.WriteLine(
                $"ended after iteration {ended.State.Iteration}: {ended.State.EvaluationsWithoutImprovement} evaluations without a better AP"
            );
        }

        if (progress.LastEvaluation is { } result)
        {
            EvaluationTable.WriteShort(result, names, output);
            output.WriteLine(
                ended.State.BestAP < 0
                    ? "best AP -: the validation split has no boxes, so no evaluation had anything to measure"
                    : $"best AP {ended.State.BestAP:F3} at iteration {ended.State.BestIteration}"
            );
        }

        WriteNext(root, output);
    }

    private static void WriteNext(string root, TextWriter output)
    {
        string detector = RunFolder.FindCheckpoint(root);
        output.WriteLine($"the detector: {detector}");
        output.WriteLine($"next: drcnn predict --checkpoint {root} --out found PICTURES, drcnn report {root}");
        output.WriteLine(
            $"to pass it on without what only training needs: drcnn convert {detector} detector.safetensors"
        );
    }
}
