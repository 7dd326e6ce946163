using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn eval --annotations JSON --results JSON: scores a results file; no detector and no libtorch.</summary>
internal static class EvalResultsCommand
{
    /// <exception cref="DataException">A file is not what it should be.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static void Run(EvalResultsOptions options, Terminal terminal)
    {
        OwnPlace.Require("eval: --json", options.Files.Json, options.Annotations, options.Results);
        OwnPlace.Require("eval: --csv", options.Files.Csv, options.Annotations, options.Results);
        CocoGroundTruth truth = Require(CocoTruth.Read(options.Annotations));
        DetectionBox[] detections = Require(CocoTruth.ReadResults(options.Results, truth));
        foreach (string note in truth.Notes.Concat(ResultNotes.Of(truth, detections)))
        {
            terminal.Output.WriteLine($"warning: {note}");
        }
        EvaluationReport.Write(
            CocoResultsText.Evaluate(truth, detections),
            EvaluationNames.Of(truth),
            options.Files,
            terminal
        );
    }

    /// <summary>What a file holds.</summary>
    /// <exception cref="DataException">It has problems; names the first and counts the others.</exception>
    public static T Require<T>(Parsed<T> parsed) =>
        parsed.IsOk
            ? parsed.Value
            : throw new DataException(
                parsed.Problems.Count == 1
                    ? parsed.Problems[0]
                    : $"{parsed.Problems[0]}, and {Amount.Count(parsed.Problems.Count - 1, "more problem")}"
            );
}
