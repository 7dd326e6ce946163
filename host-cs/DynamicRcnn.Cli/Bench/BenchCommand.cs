using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>drcnn bench: times training steps or single images, all of them in memory, alone or in turn with another program.</summary>
internal static class BenchCommand
{
    /// <summary>Steps before the first that is timed: they reserve memory and load code.</summary>
    private const int WarmSteps = 2;

    /// <exception cref="UsageException">The configuration is not valid.</exception>
    /// <exception cref="DataException">The data set has too few images with boxes.</exception>
    /// <exception cref="ImageException">An image cannot be decoded.</exception>
    /// <exception cref="RunException">The weights cannot be used, or a training step is not finite.</exception>
    public static void Run(BenchOptions options, Terminal terminal)
    {
        Config config = Configuration.Require(ConfigText.Resolve(Configuration.Sources(options.Choice))).Config;
        Dataset dataset = DatasetReader.Open(DatasetSource.Of(config.Data), options.Split);
        BenchImage[] images = BenchImages.Read(dataset, config.Data.ImagesPerStep);
        using BenchDetector detector = new(config, dataset.Classes);
        using IBenchStep step =
            options.Mode.IsTrain ? new TrainingBench(detector, images)
            : options.Mode.IsInfer ? new InferenceBench(detector, images)
            : new AssignmentBench(detector, images);
        StepTimer timer = new(step);
        timer.Next(WarmSteps);

        if (options.Serve)
        {
            Serve(timer, terminal);
        }
        else
        {
            Time(timer, step.IsReadEach, options.TimedSteps, terminal);
        }
    }

    private static void Time(StepTimer timer, bool isReadEach, int steps, Terminal terminal)
    {
        double[] seconds = isReadEach ? [.. Enumerable.Range(0, steps).Select(_ => timer.Next())] : [timer.Next(steps)];
        string all = string.Join(' ', seconds.Select(Text));
        terminal.Output.WriteLine($"median {Text(Median(seconds))} s, least {Text(seconds.Min())} s, all {all}");
    }

    /// <summary>A step for every line that comes, or as many as the line says; the seconds of one go back at once.</summary>
    private static void Serve(StepTimer timer, Terminal terminal)
    {
        while (terminal.Input?.ReadLine() is { } line)
        {
            bool isCount = int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int count);
            terminal.Output.WriteLine(Text(timer.Next(isCount ? Math.Max(1, count) : 1)));
            terminal.Output.Flush();
        }
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(double seconds) => seconds.ToString("F6", CultureInfo.InvariantCulture);
}
