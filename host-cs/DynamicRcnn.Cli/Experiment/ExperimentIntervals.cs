using System.Diagnostics;
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

    private static readonly string[] headings =
    [
        "arm",
        "seeds",
        "AP",
        "AP90",
        "AP gain",
        "AP90 gain",
        "best in",
        "s of training",
        "s an image",
    ];

    /// <summary>Prints the table and writes <c>intervals.md</c>, <c>intervals.json</c> and <c>plane.svg</c>.</summary>
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
        Looked[][] looked =
        [
            .. arms.Select(arm =>
                seeds.Select(seed => Look(runs.First(run => run.Run.Arm.Name == arm && run.Run.Seed == seed))).ToArray()
            ),
        ];
        ResampledPrecision[][] figures = [.. looked.Select(ofArm => ofArm.Select(each => each.Figures).ToArray())];
        ArmIntervals[] intervals = ImageBootstrap.Intervals(figures, Samples, Seed);
        ArmResult[] results =
        [
            .. arms.Select(
                (arm, place) =>
                    new ArmResult(
                        arm,
                        intervals[place],
                        looked[place].Min(each => each.TrainingSeconds),
                        looked[place].Min(each => each.ImageSeconds)
                    )
            ),
        ];
        var table = new TextTable();
        table.Add(headings);
        foreach ((ArmResult result, int place) in results.Select((result, place) => (result, place)))
        {
            table.Add(Cells(result, seeds.Length, isFirst: place == 0));
        }

        table.Write(output);
        string markdown = Path.Combine(root, "intervals.md");
        string json = Path.Combine(root, "intervals.json");
        string picture = Path.Combine(root, "plane.svg");
        AtomicFile.Write(
            markdown,
            stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                table.WriteMarkdown(writer);
            }
        );
        AtomicFile.WriteJson(json, results.Select(result => OfArm(result, seeds)));
        AtomicFile.Write(picture, stream => ExperimentPlane.Write(stream, results));
        output.WriteLine($"{markdown}, {json}, {picture}");
    }

    // The median step, so that an evaluation or a busy minute does not count; the quickest of an arm's seeds stands for it.
    private static Looked Look(ExperimentRunFolder run)
    {
        Config config = run.Config.Config;
        using TrainedDetector detector = TrainedDetector.Load(RunFolder.FindCheckpoint(run.Root), config);
        Dataset dataset = DatasetReader.Open(DatasetSource.Of(config.Data), TrainCommand.ValidationSplit);
        long start = Stopwatch.GetTimestamp();
        ResampledPrecision figures = detector.Evaluator.Resampled(dataset);
        double[] steps = [.. run.Times().Steps.Order()];
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Looked(figures, steps[steps.Length / 2] * config.Solver.Iterations, seconds / dataset.Images.Count);
    }

    private static string[] Cells(ArmResult result, int seeds, bool isFirst) =>
        [
            result.Arm,
            $"{seeds}",
            Text(result.Intervals.AP, sign: false),
            Text(result.Intervals.AP90, sign: false),
            isFirst ? "-" : Text(result.Intervals.APGain, sign: true),
            isFirst ? "-" : Text(result.Intervals.AP90Gain, sign: true),
            result.Intervals.Best.ToString("P0", CultureInfo.InvariantCulture),
            result.TrainingSeconds.ToString("0", CultureInfo.InvariantCulture),
            result.ImageSeconds.ToString("0.000", CultureInfo.InvariantCulture),
        ];

    private static string Text(Interval interval, bool sign)
    {
        string Number(double value) =>
            sign ? Amount.Signed(value) : value.ToString("0.000", CultureInfo.InvariantCulture);
        return $"{Number(interval.Mean)} ({Number(interval.Low)} to {Number(interval.High)})";
    }

    private static object OfArm(ArmResult result, int[] seeds) =>
        new
        {
            arm = result.Arm,
            seeds,
            result.Intervals.AP,
            result.Intervals.AP90,
            ap_gain = result.Intervals.APGain,
            ap90_gain = result.Intervals.AP90Gain,
            best = result.Intervals.Best,
            training_seconds = result.TrainingSeconds,
            image_seconds = result.ImageSeconds,
        };

    private sealed record Looked(ResampledPrecision Figures, double TrainingSeconds, double ImageSeconds);
}
