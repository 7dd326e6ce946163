using DynamicRcnn.Cli.Evaluation;
using DynamicRcnn.Cli.Inspect;
using DynamicRcnn.Cli.Output;
using DynamicRcnn.Cli.Train;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Training;
using DynamicRcnn.Training.Distributed;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn train: a run from its first iteration, or from its last checkpoint, to its end.</summary>
internal static class TrainCommand
{
    private const string TrainSplit = "train";
    private const string ValidationSplit = "val";

    /// <param name="options">Of the command line.</param>
    /// <param name="terminal">Where it speaks.</param>
    /// <param name="group">The processes that share the run; null: this one alone.</param>
    /// <exception cref="UsageException">The configuration is not valid.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The run failed.</exception>
    /// <exception cref="PeerFailureException">Another process failed.</exception>
    public static void Run(TrainOptions options, Terminal terminal, ProcessGroup? group)
    {
        ResolvedConfig resolved = group is null ? Resolve(options) : Shared(options, group);
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
        ProcessGroup? group = null
    )
    {
        Config config = resolved.Config;
        IReadOnlyList<string> problems = ConfigApi.TrainingProblems(config);
        if (problems.Count > 0)
        {
            throw new UsageException(problems);
        }

        // From here on a signal ends the run with a checkpoint, be it one of iteration 0.
        using var stop = new StopSignal(terminal.Errors.WriteLine, RankLauncher.IsLaunched);
        Dataset dataset = Open(config, TrainSplit);
        Dataset? validation = DatasetReader.Splits(config.Data.Path).Contains(ValidationSplit)
            ? ClassLists.Align(dataset.Name, dataset.Classes, Open(config, ValidationSplit))
            : null;
        using TrainingRun run = resume
            ? TrainingRun.Resume(root, resolved, dataset, validation, group)
            : TrainingRun.Start(root, resolved, dataset, validation, group);
        StartReport.Write(run, config, dataset, validation, terminal.Output);
        if (loudness == Loudness.Verbose)
        {
            FindingReport.Write([.. dataset.Findings, .. validation?.Findings ?? []], all: true, terminal.Output);
        }

        EvaluationNames names = EvaluationNames.Of(dataset);
        var progress = new TrainProgress(config, names, new ProgressLine(terminal.Output, terminal.Columns), loudness);
        Ended? ended = null;
        foreach (RunEvent happened in run.ToEnd(stop.Token))
        {
            progress.Tell(happened);
            ended = happened as Ended;
        }

        if (group is null or { IsFirst: true })
        {
            WriteEnd(run, config, progress, ended!, root, names, loudness, terminal.Output);
        }
        return ended!.Cancelled ? null : progress.LastEvaluation;
    }

    private static ResolvedConfig Resolve(TrainOptions options)
    {
        ConfigSources sources = options.Sources(Configuration.Layers(options.ConfigFiles));
        return Configuration.Require(
            options.Resume ? ConfigApi.Resume(RecordedConfig(options.Out), sources) : ConfigApi.Resolve(sources)
        );
    }

    /// <summary>The first process's configuration: the others need neither the run's folder nor the configuration's files.</summary>
    private static ResolvedConfig Shared(TrainOptions options, ProcessGroup group)
    {
        ResolvedConfig? own = group.IsFirst ? Resolve(options) : null;
        string text = group.FromFirst(own is null ? "" : ConfigApi.Write(own));
        return own ?? Configuration.Require(ConfigApi.Read(new ConfigLayer("the first process's configuration", text)));
    }

    private static ConfigLayer RecordedConfig(string root)
    {
        string path = RunFolder.Open(root).ConfigPath;
        return new ConfigLayer(path, File.ReadAllText(path));
    }

    private static Dataset Open(Config config, string split)
    {
        Dataset dataset = DatasetReader.Open(config.Data.Path, split);
        RequireIds(dataset);
        return config.Data.Strict && dataset.Findings.Count > 0
            ? throw new DataException($"{dataset.Findings[0].Message} (--strict)")
            : dataset;
    }

    // pycocotools counts what finds a ground truth with id 0 as wrong: its figures, and with them the best checkpoint, would be off.
    private static void RequireIds(Dataset dataset)
    {
        if (dataset.Images.FirstOrDefault(image => image.Boxes.Any(box => box.AnnotationId == 0)) is { } image)
        {
            throw new DataException(
                $"{dataset.Name}, split '{dataset.Split}': an annotation of {image.FileName} has the id 0, expected ids other than 0: "
                    + "COCO's evaluation counts what finds such a box as wrong"
            );
        }
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
            EvaluationTable.Write(result, names, output);
            output.WriteLine($"best AP {ended.State.BestAP:F3} at iteration {ended.State.BestIteration}");
        }

        output.WriteLine($"the detector: {RunFolder.FindCheckpoint(root)}");
    }
}
