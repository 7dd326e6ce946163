using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>95 % intervals of an experiment's figures over seeds and validation images: every run's detector looks at the images once more.</summary>
internal static class ExperimentIntervals
{
    private const int Samples = 2000;
    private const long Seed = 1;

    private static readonly string[] headings = ["arm", "seeds", "AP", "AP90", "AP gain", "AP90 gain", "best in"];

    /// <summary>Prints the table and writes <c>intervals.md</c> and <c>intervals.json</c>.</summary>
    /// <param name="root">The experiment's folder.</param>
    /// <param name="runs">Finished ones, arm by arm in the plan's order; the first arm is what the others are compared with.</param>
    /// <param name="output">Where the table goes.</param>
    /// <exception cref="RunException">A checkpoint is missing or damaged.</exception>
    /// <exception cref="DataException">No validation image can be used.</exception>
    public static void Write(string root, IReadOnlyList<ExperimentRunFolder> runs, TextWriter output)
    {
        string[] arms = [.. runs.Select(run => run.Run.Arm.Name).Distinct()];
        int[] seeds =
        [
            .. runs.GroupBy(run => run.Run.Seed)
                .Where(ofSeed => ofSeed.Count() == arms.Length)
                .Select(ofSeed => ofSeed.Key)
                .Order(),
        ];
        if (seeds.Length == 0)
        {
            output.WriteLine("no intervals: there is no seed with which all of these arms are finished");
            return;
        }

        output.WriteLine(
            $"looking at the validation images with {arms.Length * seeds.Length} detectors for the intervals"
        );
        ResampledPrecision[][] figures =
        [
            .. arms.Select(arm =>
                seeds.Select(seed => Look(runs.First(run => run.Run.Arm.Name == arm && run.Run.Seed == seed))).ToArray()
            ),
        ];
        ArmIntervals[] intervals = ImageBootstrap.Intervals(figures, Samples, Seed);
        string[][] rows = [.. arms.Select((arm, place) => Cells(arm, seeds.Length, intervals[place], place == 0))];
        var table = new TextTable();
        table.Add(headings);
        foreach (string[] row in rows)
        {
            table.Add(row);
        }

        table.Write(output);
        string markdown = Path.Combine(root, "intervals.md");
        string json = Path.Combine(root, "intervals.json");
        AtomicFile.Write(markdown, stream => WriteMarkdown(stream, rows));
        AtomicFile.WriteJson(json, arms.Select((arm, place) => OfArm(arm, seeds, intervals[place])));
        output.WriteLine($"{markdown}, {json}");
    }

    private static ResampledPrecision Look(ExperimentRunFolder run)
    {
        Config config = run.Config.Config;
        using TrainedDetector detector = TrainedDetector.Load(RunFolder.FindCheckpoint(run.Root), config);
        return detector.Evaluator.Resampled(
            DatasetReader.Open(DatasetSource.Of(config.Data), TrainCommand.ValidationSplit)
        );
    }

    private static string[] Cells(string arm, int seeds, ArmIntervals intervals, bool isFirst) =>
        [
            arm,
            $"{seeds}",
            Text(intervals.AP, sign: false),
            Text(intervals.AP90, sign: false),
            isFirst ? "-" : Text(intervals.APGain, sign: true),
            isFirst ? "-" : Text(intervals.AP90Gain, sign: true),
            intervals.Best.ToString("P0", CultureInfo.InvariantCulture),
        ];

    private static string Text(Interval interval, bool sign)
    {
        string format = sign ? "+0.000;-0.000" : "0.000";
        string Number(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return $"{Number(interval.Mean)} ({Number(interval.Low)} to {Number(interval.High)})";
    }

    private static void WriteMarkdown(Stream stream, string[][] rows)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine($"| {string.Join(" | ", headings)} |");
        writer.WriteLine($"|{string.Concat(headings.Select(_ => "---|"))}");
        foreach (string[] row in rows)
        {
            writer.WriteLine($"| {string.Join(" | ", row)} |");
        }
    }

    private static object OfArm(string arm, int[] seeds, ArmIntervals intervals) =>
        new
        {
            arm,
            seeds,
            intervals.AP,
            intervals.AP90,
            ap_gain = intervals.APGain,
            ap90_gain = intervals.AP90Gain,
            best = intervals.Best,
        };
}
