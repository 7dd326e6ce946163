using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>An experiment's results, for people and for programs.</summary>
internal static class ExperimentFiles
{
    private static readonly string[] headings =
    [
        "arm",
        "runs",
        "AP",
        "AP50",
        "AP75",
        "AP90",
        "AP gain",
        "AP90 gain",
        "IoU threshold",
        "beta",
        "dead windows",
        "AP gain, 95 %",
    ];

    /// <summary>The table as Markdown.</summary>
    public static string MarkdownPath(string root) => Path.Combine(root, "results.md");

    /// <summary>Every run's figures.</summary>
    public static string JsonPath(string root) => Path.Combine(root, "results.json");

    /// <summary>Replaces both files.</summary>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public static void Write(string root, ExperimentOutcome[] outcomes, ExperimentRow[] rows, RaceReport? race)
    {
        AtomicFile.Write(MarkdownPath(root), stream => WriteMarkdown(stream, rows, race?.Lines ?? []));
        IEnumerable<object> runs = outcomes.Select(OfRun);
        AtomicFile.WriteJson(JsonPath(root), race is null ? runs : new { runs, race = race.Json });
    }

    /// <summary>Means and sample standard deviations; gains, and Student's interval of the gain in AP, are over the first arm's run of the same seed.</summary>
    public static TextTable Table(ExperimentRow[] rows)
    {
        var table = new TextTable();
        table.Add(headings);
        foreach (ExperimentRow row in rows)
        {
            table.Add(Cells(row));
        }

        return table;
    }

    private static string[] Cells(ExperimentRow row) =>
        [
            row.Arm,
            $"{row.AP.Count}",
            Text(row.AP),
            Text(row.AP50),
            Text(row.AP75),
            Text(row.AP90),
            Text(row.APGain, sign: true),
            Text(row.AP90Gain, sign: true),
            Text(row.IoUThreshold),
            Text(row.Beta),
            double.IsNaN(row.DeadShare) ? "-" : row.DeadShare.ToString("P0", CultureInfo.InvariantCulture),
            row.APGain.Count < 2 ? "-" : $"{Amount.Signed(row.APGain.Low)} to {Amount.Signed(row.APGain.High)}",
        ];

    private static string Text(Spread spread, bool sign = false)
    {
        if (spread.Count == 0)
        {
            return "-";
        }

        string mean = sign ? Amount.Signed(spread.Mean) : spread.Mean.ToString("0.000", CultureInfo.InvariantCulture);
        return double.IsNaN(spread.Deviation)
            ? mean
            : $"{mean} ± {spread.Deviation.ToString("0.000", CultureInfo.InvariantCulture)}";
    }

    private static void WriteMarkdown(Stream stream, ExperimentRow[] rows, IReadOnlyList<string> lines)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        Table(rows).WriteMarkdown(writer);
        foreach (string line in lines)
        {
            writer.WriteLine();
            writer.WriteLine(line);
        }
    }

    private static object OfRun(ExperimentOutcome outcome) =>
        new
        {
            arm = outcome.Arm,
            seed = outcome.Seed,
            outcome.AP,
            outcome.AP50,
            outcome.AP75,
            outcome.AP90,
            ap_by_iou = outcome.APByIoU,
            iou_threshold = outcome.IoUThreshold,
            beta = outcome.Beta,
            windows = outcome.Windows,
            dead_windows = outcome.DeadWindows,
            seconds = Math.Round(outcome.Seconds, 1),
        };
}
