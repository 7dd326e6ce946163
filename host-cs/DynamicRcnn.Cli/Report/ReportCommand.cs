using DynamicRcnn.CommandLine;
using DynamicRcnn.Report;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn report: what happened in runs, as one HTML file; no detector and no libtorch.</summary>
internal static class ReportCommand
{
    private const string DefaultName = "report.html";

    /// <exception cref="UsageException">The page is not called like one.</exception>
    /// <exception cref="RunException">A folder holds no run, or a file of it is damaged.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Run(ReportOptions options, Terminal terminal)
    {
        OwnPlace.RequirePage("report: --out", options.Out);
        string path = options.Out ?? Path.Combine(options.Runs[0], DefaultName);
        RunReport.Write(path, RunSource.Open(options.Runs));
        double megabytes = new FileInfo(path).Length / 1e6;
        terminal.Output.WriteLine($"{path} ({megabytes:F1} MB) opens in any browser, with no network");
    }
}
