using DynamicRcnn.Cli.Output;
using DynamicRcnn.Core;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Cli.Evaluation;

/// <summary>An evaluation for people and, where asked for, for programs.</summary>
internal static class EvaluationReport
{
    /// <param name="result">The figures.</param>
    /// <param name="classNames">By category id.</param>
    /// <param name="json">File for the figures; null = none.</param>
    /// <param name="terminal">Where the tables go.</param>
    public static void Write(
        EvaluationResult result,
        IReadOnlyDictionary<long, string> classNames,
        string? json,
        Terminal terminal
    )
    {
        // First what cannot fail: figures that took an hour are not lost with a full disk.
        EvaluationTable.Write(result, classNames, terminal.Output);
        if (json is not null)
        {
            EvaluationJson.Write(json, result, classNames);
        }
    }
}
