using System.Diagnostics;
using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;
using DynamicRcnn.Weights;

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
        long started = Stopwatch.GetTimestamp();
        Loudness loudness =
            options.Quiet ? Loudness.Quiet
            : options.Verbose ? Loudness.Verbose
            : Loudness.Normal;
        if (AutoBatch.IsAsked(options.Choice))
        {
            TrainWhatFits(options, started, loudness, terminal, group);
            return;
        }
        ResolvedConfig resolved = Shared(options, group);
        Train(options.Out, resolved, options.Resume, loudness, terminal, group, options.Budget, started);
    }

    /// <summary>Trains with as many images a step as memory holds.</summary>
    private static void TrainWhatFits(
        TrainOptions options,
        long started,
        Loudness loudness,
        Terminal terminal,
        ProcessGroup group
    )
    {
        if (options.Resume || group.Size > 1)
        {
            string why = options.Resume ? "a new run; one that goes on keeps its images per step" : "one process";
            throw new UsageException([$"train: data.imagesPerStep=auto is for {why}"]);
        }
        Config own = Resolve(Of(null)).Config;
        _ = RunFolder.Unused(options.Out);
        RequireTrainable(own);
        Dataset dataset = TrainingData.Read(own, resume: false).Training;
        if (own.Model.Backbone.Weights is { Length: > 0 } weights && !Path.Exists(weights))
        {
            _ = WeightFile.Read(weights); // refuses it as the run would
        }
        IReadOnlyList<int?> numbers = AutoBatch.Fitting(own, dataset, MemoryLimit.Read(), terminal.Output);
        AutoBatch.Try(
            numbers,
            options.Out,
            images =>
                Train(options.Out, Resolve(Of(images)), false, loudness, terminal, group, options.Budget, started),
            terminal.Output
        );

        TrainOptions Of(int? images) =>
            new(
                AutoBatch.With(options.Choice, images),
                options.Budget,
                options.Out,
                options.Processes,
                options.Resume,
                options.Quiet,
                options.Verbose
            );
    }

    /// <summary>
    /// Trains with a configuration that is complete, but for the length where a budget gives it. A signal stops it with a checkpoint: its own,
    /// unless <paramref name="signal"/> is that of a command of several runs; and so does <paramref name="ends"/>.
    /// </summary>
    /// <param name="root">The run's folder.</param>
    /// <param name="resolved">The configuration.</param>
    /// <param name="resume">Whether the run goes on.</param>
    /// <param name="loudness">What is told of it.</param>
    /// <param name="terminal">Where.</param>
    /// <param name="group">The processes that share the run.</param>
    /// <param name="budget">What the length follows from; null: the configuration.</param>
    /// <param name="started">The moment from which the budget's hours are counted.</param>
    /// <param name="signal">What stops a command of several runs; null: a signal stops this run.</param>
    /// <param name="ends">Stops it too.</param>
    /// <returns>The last evaluation; null when the run was stopped or has no validation split.</returns>
    public static EvaluationResult? Train(
        string root,
        ResolvedConfig resolved,
        bool resume,
        Loudness loudness,
        Terminal terminal,
        ProcessGroup group,
        RunBudget? budget = null,
        long started = 0,
        StopSignal? signal = null,
        CancellationToken ends = default
    )
    {
        Config config = resolved.Config;
        RequireTrainable(config);

        // From here on a signal ends the run with a checkpoint, be it one of iteration 0.
        using StopSignal? own = signal is null
            ? new StopSignal(terminal.Errors.WriteLine, "step", RankLauncher.IsLaunched)
            : null;
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource((signal ?? own!).Token, ends);
        (Dataset dataset, Dataset? measured, Dataset? validation) = TrainingData.Read(config, resume);
        resolved = TrainBudget.OfData(resolved, budget, dataset);
        // An evaluation goes by the ids of the split that it measures.
        EvaluationNames names = EvaluationNames.Of(validation ?? dataset);
        Followed followed;
        if (budget is { Kind.IsHours: true } hours)
        {
            terminal.Output.WriteLine(
                $"{TrainBudget.Text(hours)}: the first iterations{(validation is null ? "" : " and an evaluation")} are measured, then the run's length is fixed"
            );
            followed = Follow(TrainBudget.Measuring(resolved, hours), isNew: true);
            if (!followed.Ended.Cancelled)
            {
                resolved = Measured(resolved, hours, followed, Stopwatch.GetElapsedTime(started), terminal, group);
                followed = Follow(resolved, isNew: false);
            }
        }
        else
        {
            followed = Follow(resolved, isNew: !resume);
        }

        if (group.IsFirst)
        {
            WriteEnd(followed, resolved.Config, root, names, loudness, terminal.Output);
        }
        return followed.Ended.Cancelled ? null : followed.Progress.LastEvaluation;

        Followed Follow(ResolvedConfig of, bool isNew)
        {
            using TrainingRun run = isNew
                ? TrainingRun.Start(root, of, dataset, validation, group)
                : TrainingRun.Resume(root, of, dataset, validation, group);
            StartReport.Write(run, of.Config, dataset, measured, terminal.Output);
            if (loudness == Loudness.Verbose)
            {
                FindingReport.Write([.. dataset.Findings, .. validation?.Findings ?? []], all: true, terminal.Output);
            }
            ProgressLine line = new(terminal.Output, terminal.Columns);
            TrainProgress progress = new(of.Config, names, line, loudness);
            List<double> seconds = [];
            double evaluation = 0;
            Ended? ended = null;
            foreach (RunEvent happened in run.ToEnd(cancelled.Token))
            {
                progress.Tell(happened);
                ended = happened as Ended;
                evaluation = (happened as Evaluated)?.Seconds ?? evaluation;
                if (happened is Stepped step && seconds.Count < TrainBudget.MeasuredIterations)
                {
                    seconds.Add(step.Seconds);
                }
            }
            return new Followed(progress, ended!, run.Iterations, run.Findings, seconds, evaluation);
        }
    }

    /// <summary>What a run, or its part that is measured, came to.</summary>
    /// <param name="Progress">What was told of it.</param>
    /// <param name="Ended">Its last event.</param>
    /// <param name="Iterations">That it was to have.</param>
    /// <param name="Findings">Of its images.</param>
    /// <param name="Seconds">Of its first steps.</param>
    /// <param name="EvaluationSeconds">Of its last evaluation; 0 = there was none.</param>
    private sealed record Followed(
        TrainProgress Progress,
        Ended Ended,
        int Iterations,
        IReadOnlyList<Finding> Findings,
        IReadOnlyList<double> Seconds,
        double EvaluationSeconds
    );

    /// <summary>The configuration with the length that fits, which the first process decides, and says so.</summary>
    private static ResolvedConfig Measured(
        ResolvedConfig resolved,
        RunBudget hours,
        Followed first,
        TimeSpan used,
        Terminal terminal,
        ProcessGroup group
    )
    {
        (int iterations, bool tooMany) = TrainBudget.Fitting(
            resolved.Config,
            hours.Amount,
            first.Seconds,
            first.EvaluationSeconds,
            used
        );
        iterations = int.Parse(
            group.FromFirst(iterations.ToString(CultureInfo.InvariantCulture)),
            CultureInfo.InvariantCulture
        );
        string evaluations =
            first.EvaluationSeconds > 0
                ? FormattableString.Invariant($", an evaluation {first.EvaluationSeconds:F1} s")
                : "";
        terminal.Output.WriteLine(
            FormattableString.Invariant(
                $"{TrainBudget.Text(hours)}: a step takes {TrainBudget.SecondsOfStep(first.Seconds):F2} s{evaluations}, so the run has {iterations} iterations; --resume keeps that number"
            )
        );
        if (tooMany)
        {
            terminal.Output.WriteLine(
                $"warning: {TrainBudget.Text(hours)} is too short for a schedule, so the run takes longer: twice the iterations that were measured"
            );
        }
        return Budget.Scale(resolved, iterations, TrainBudget.Text(hours), hasBegun: true);
    }

    private static void RequireTrainable(Config config)
    {
        IReadOnlyList<ConfigError> problems = ConfigRules.TrainingErrors(config);
        if (problems.Count > 0)
        {
            throw new UsageException([.. problems.Select(problem => problem.ToString())]);
        }
    }

    private static ResolvedConfig Resolve(TrainOptions options) =>
        Configuration.ResolveRooted(
            Configuration.Sources(options.Choice),
            sources =>
                options.Resume
                    ? ConfigText.Resume(
                        Configuration.Require(ConfigText.ReadBack(RecordedConfig(options.Out))),
                        sources
                    )
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

    private static void WriteEnd(
        Followed followed,
        Config config,
        string root,
        EvaluationNames names,
        Loudness loudness,
        TextWriter output
    )
    {
        Ended ended = followed.Ended;
        if (followed.Findings.Count > 0)
        {
            output.Write("while training: ");
            FindingReport.Write(followed.Findings, loudness == Loudness.Verbose, output);
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

        if (ended.State.Iteration < followed.Iterations)
        {
            output.WriteLine(
                $"ended after iteration {ended.State.Iteration}: {ended.State.EvaluationsWithoutImprovement} evaluations without a better AP"
            );
        }

        if (followed.Progress.LastEvaluation is { } result)
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
