using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>An evaluation for people and, where asked for, for programs.</summary>
internal static class EvaluationReport
{
    /// <param name="result">The figures.</param>
    /// <param name="names">Of classes and images.</param>
    /// <param name="files">Where else the figures go.</param>
    /// <param name="terminal">Where the tables go.</param>
    public static void Write(EvaluationResult result, EvaluationNames names, EvaluationFiles files, Terminal terminal)
    {
        // First what cannot fail: figures that took an hour are not lost with a full disk.
        EvaluationTable.Write(result, names, terminal.Output);
        if (files.Json is not null)
        {
            EvaluationJson.Write(files.Json, result, names);
        }
        if (files.Csv is not null)
        {
            EvaluationCsv.Write(files.Csv, result, names);
        }
    }
}
