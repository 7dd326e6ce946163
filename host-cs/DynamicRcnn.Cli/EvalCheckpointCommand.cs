using DynamicRcnn.Cli.Evaluation;
using DynamicRcnn.Cli.Inspect;
using DynamicRcnn.Cli.Output;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Training;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn eval --checkpoint FILE --data PATH: a detector's figures on a data set.</summary>
internal static class EvalCheckpointCommand
{
    /// <exception cref="UsageException">The change of the configuration is not valid.</exception>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used, or knows other classes.</exception>
    public static void Run(EvalCheckpointOptions options, Terminal terminal)
    {
        string path = RunFolder.FindCheckpoint(options.Checkpoint);
        Checkpoint checkpoint = CheckpointFile.Read(path);
        Config config = Configuration.OfCheckpoint(path, checkpoint, options.Sources);
        Dataset dataset = DatasetReader.Open(options.Data, options.Split);
        Dataset aligned = ClassLists.Align(path, checkpoint.Classes, dataset);
        terminal.Output.WriteLine($"{path}, iteration {checkpoint.State.Iteration}");
        terminal.Output.WriteLine($"{dataset.Name}, split {dataset.Split}: {FindingReport.Sentence(dataset.Findings)}");
        using TrainedDetector detector = TrainedDetector.Load(path, config);
        Measurement measurement = detector.Evaluator.Evaluate(aligned);
        foreach (Finding finding in measurement.Findings)
        {
            terminal.Errors.WriteLine($"drcnn: {finding.Message}");
        }

        EvaluationReport.Write(measurement.Result, EvaluationNames.Of(aligned), options.Files, terminal);
    }
}
