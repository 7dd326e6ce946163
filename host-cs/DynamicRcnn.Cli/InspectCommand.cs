using DynamicRcnn.Cli.Inspect;
using DynamicRcnn.Cli.Output;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>drcnn inspect: a data set before anything is trained on it.</summary>
internal static class InspectCommand
{
    /// <summary>Writes the summary, the findings, and what each rule's beta would do on these labels.</summary>
    /// <exception cref="DataException">The data set cannot be used.</exception>
    public static void Run(
        Dataset dataset,
        Config config,
        bool verbose,
        Terminal terminal,
        CancellationToken cancellation
    )
    {
        DatasetSummary.Write(dataset, terminal.Output);
        terminal.Output.WriteLine();
        FindingReport.Write([.. dataset.Findings, .. ImageCheck.Run(dataset, cancellation)], verbose, terminal.Output);
        terminal.Output.WriteLine();
        WriteBeta(dataset, config, terminal.Output);
    }

    private static void WriteBeta(Dataset dataset, Config config, TextWriter output)
    {
        int passes = Math.Max(1, config.Solver.AccumulationSteps);
        output.WriteLine(
            $"batches whose beta statistic is exactly 0, with {Amount.Count(config.Data.ImagesPerStep / passes, "image")} "
                + $"a pass and dynamic.lowErrorCount {config.Dynamic.LowErrorCount}:"
        );
        foreach (DeadBetaShare share in DeadBeta.Shares(dataset, config))
        {
            string verdict = share.IsDead ? $"dead: {Consequence(share.Rule)}" : "works";
            output.WriteLine($"  {share.Rule, -14} {Amount.Percent(share.Share), 7}  {verdict}");
        }
    }

    private static string Consequence(StatisticsRule rule) => rule.IsOfficial ? "beta becomes 0" : "beta never moves";
}
