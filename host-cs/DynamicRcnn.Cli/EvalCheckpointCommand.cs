using DynamicRcnn.Cli.Conversion;
using DynamicRcnn.Cli.Evaluation;
using DynamicRcnn.Cli.Inspect;
using DynamicRcnn.Cli.Output;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Training;
using DynamicRcnn.Training.Runs;
using DynamicRcnn.Training.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn eval --checkpoint FILE --data PATH: a detector's figures on a data set.</summary>
internal static class EvalCheckpointCommand
{
    /// <exception cref="UsageException">The configuration is missing or not valid.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used, or knows other classes.</exception>
    public static void Run(EvalCheckpointOptions options, Terminal terminal)
    {
        string path = RunFolder.FindCheckpoint(options.Checkpoint);
        DetectorFile file = DetectorFile.Read(path);
        Config config = Configuration.Of(file, options.Preset, options.ConfigFiles, options.Sources).Config;
        IReadOnlyList<ClassName> classes = file.Classes(ClassNameArgument.Read(options.Classes));
        Dataset dataset = DatasetReader.Open(options.Data, options.Split);
        Dataset aligned = ClassLists.Align(path, classes, dataset);
        terminal.Output.WriteLine($"{path}, {Origin(file)}");
        terminal.Output.WriteLine($"{dataset.Name}, split {dataset.Split}: {FindingReport.Sentence(dataset.Findings)}");
        if (ClassLists.Lacks(classes, dataset) is { } lacks)
        {
            terminal.Output.WriteLine(lacks);
        }
        using TrainedDetector detector = TrainedDetector.Load(file, config, classes);
        Measurement measurement = detector.Evaluator.Evaluate(aligned);
        foreach (Finding finding in measurement.Findings)
        {
            terminal.Errors.WriteLine($"drcnn: {finding.Message}");
        }

        EvaluationReport.Write(measurement.Result, EvaluationNames.Of(aligned), options.Files, terminal);
    }

    private static string Origin(DetectorFile file) =>
        file.Checkpoint is { } checkpoint
            ? $"iteration {checkpoint.State.Iteration}"
            : $"a detector with the names of {file.Foreign?.Names.Title}{string.Concat(file.Notes.Select(note => $"; {note}"))}";
}
