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
        if (json is not null)
        {
            EvaluationJson.Write(json, result, classNames);
        }

        EvaluationTable.Write(result, classNames, terminal.Output);
    }
}
