using System.Diagnostics.CodeAnalysis;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn eval --checkpoint FILE --data PATH: a detector's figures on a data set.</summary>
internal static class EvalCheckpointCommand
{
    /// <exception cref="UsageException">The configuration is missing or not valid.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used, or knows other classes.</exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "What looks at tiles has nothing but the detector.")]
    public static void Run(EvalCheckpointOptions options, Terminal terminal)
    {
        if (OnnxArgument.Is(options.Checkpoint))
        {
            Config said = OnnxArgument.ConfigOf(options.Checkpoint, options.Choice, options.Classes);
            using OnnxDetector exported = OnnxDetector.Load(
                options.Checkpoint,
                said.Run.Threads,
                maxPixels: said.Data.MaxPixels
            );
            IObjectDetector seeing = TileArgument.Over(exported, options.Tiles, options.Checkpoint);
            DatasetSource its = DatasetSource.Of(said.Data);
            Dataset images = DataOf(options, its, options.Checkpoint, "an ONNX file", exported.Classes, terminal);
            var shown = new EvaluationProgress(images.Images.Count, terminal);
            Report(Evaluator.Evaluate(seeing, exported.BoxOffset, images, shown.Show), images, options, terminal);
            return;
        }
        string path = RunFolder.FindCheckpoint(options.Checkpoint);
        DetectorFile file = DetectorFile.Read(path);
        Config config = Configuration.Of(file, options.Choice).Config;
        DatasetSource source = SourceOf(file, config);
        IReadOnlyList<ClassName> classes = file.Classes(ClassNameArgument.Read(options.Classes));
        Dataset dataset = DataOf(options, source, path, Origin(file), classes, terminal);
        using TrainedDetector detector = TrainedDetector.Load(file, config, classes);
        IObjectDetector looking = TileArgument.Over(detector, options.Tiles);
        var progress = new EvaluationProgress(dataset.Images.Count, terminal);
        Measurement measurement = options.Tiles is null
            ? detector.Evaluator.Evaluate(dataset, measured: progress.Show)
            : Evaluator.Evaluate(looking, config.Model.Conventions.BoxOffset, dataset, progress.Show);
        Report(measurement, dataset, options, terminal);
    }

    /// <summary>The data set with the detector's classes, after saying what it is.</summary>
    private static Dataset DataOf(
        EvalCheckpointOptions options,
        DatasetSource source,
        string path,
        string origin,
        IReadOnlyList<ClassName> classes,
        Terminal terminal
    )
    {
        if (source.IsEmpty)
        {
            string reason = options.Choice.NamesData ? "the options that were given name none" : "it is of no run";
            throw new UsageException([$"eval: --checkpoint {options.Checkpoint} needs --data PATH: {reason}"]);
        }
        OwnPlace.Require("eval: --json", options.Files.Json, [path, .. OwnPlace.Of(source)]);
        OwnPlace.Require("eval: --csv", options.Files.Csv, [path, .. OwnPlace.Of(source)]);
        Configuration.RequireThere(source.Path, isOfRun: !options.Choice.NamesData);
        Dataset dataset = DatasetReader.Open(source, SplitOf(options, source));
        Dataset aligned = ClassLists.Align(path, classes, dataset);
        terminal.Output.WriteLine($"{path}, {origin}");
        terminal.Output.WriteLine($"read as {DatasetReader.Describe(source)}");
        terminal.Output.WriteLine($"{dataset.Name}, split {dataset.Split}: {FindingReport.Sentence(dataset.Findings)}");
        foreach (string warning in RunData.Warnings(path, aligned))
        {
            terminal.Output.WriteLine($"warning: {warning}");
        }
        if (ClassLists.Lacks(classes, dataset) is { } lacks)
        {
            terminal.Output.WriteLine(lacks);
        }
        return aligned;
    }

    private static void Report(
        Measurement measurement,
        Dataset dataset,
        EvalCheckpointOptions options,
        Terminal terminal
    )
    {
        foreach (Finding finding in measurement.Findings)
        {
            terminal.Errors.WriteLine($"drcnn: {finding.Message}");
        }
        EvaluationReport.Write(measurement.Result, EvaluationNames.Of(dataset), options.Files, terminal);
    }

    /// <summary>The data that are named; the run's own, with the splits that it was trained with, where they are the same or none is named.</summary>
    internal static DatasetSource SourceOf(DetectorFile file, Config config)
    {
        DatasetSource named = DatasetSource.Of(config.Data);
        if (Configuration.Recorded(file) is not { } recorded)
        {
            return named;
        }
        DatasetSource own = DatasetSource.Of(Configuration.Require(ConfigText.ReadBack(recorded)).Config.Data);
        bool isOwn =
            named.Path.Length > 0
            && named == new DatasetSource(named.Path) { MaxPixels = named.MaxPixels }
            && Path.GetFullPath(named.Path) == own.Path;
        return isOwn ? own with { MaxPixels = named.MaxPixels } : named;
    }

    /// <summary>The split that is asked for, the one that is named by hand, or val; test of data that have nothing else to evaluate on.</summary>
    private static string SplitOf(EvalCheckpointOptions options, DatasetSource source) =>
        options.Split
        ?? (source.Train.Length > 0, source.Val.Length > 0, source.Test.Length > 0) switch
        {
            (true, false, false) when options.Choice.NamesData => TrainCommand.TrainSplit,
            (false, false, true) => TrainCommand.TestSplit,
            _ => DatasetReader.Splits(source) is [TrainCommand.TestSplit]
                ? TrainCommand.TestSplit
                : TrainCommand.ValidationSplit,
        };

    private static string Origin(DetectorFile file) =>
        file.Checkpoint is { } checkpoint
            ? $"iteration {checkpoint.State.Iteration}"
            : $"a detector with the names of {file.Foreign?.Names.Title}{string.Concat(file.Notes.Select(note => $"; {note}"))}";
}
