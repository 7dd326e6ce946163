using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>
/// The memory of training steps, measured on three that are smaller than the run's and carried on in a straight line: a part that is always there,
/// one for each image and one for each pixel. On a CPU.
/// </summary>
/// <param name="Always">Bytes of the process without images.</param>
/// <param name="PerImage">Bytes.</param>
/// <param name="PerPixel">Bytes of a padded pixel.</param>
internal sealed record MemoryTrial(double Always, double PerImage, double PerPixel)
{
    private const int Boxes = 8;

    /// <summary>Bytes that steps of so many images of a size take at their peak, with the process around them.</summary>
    public long Bytes(int images, ImageSize size) =>
        (long)(Always + (images * (PerImage + (PerPixel * size.Width * size.Height))));

    /// <summary>Makes the steps, on pictures without content.</summary>
    /// <param name="config">Of the run.</param>
    /// <param name="classes">Of its data set.</param>
    /// <param name="size">That its images are padded to at most.</param>
    public static MemoryTrial Run(Config config, IReadOnlyList<ClassName> classes, ImageSize size)
    {
        torch.Device device = RunDevice.Of(config.Run);
        RunEnvironment.Prepare(config.Run, device);
        using Detector detector = new(config.Model, classes.Count);
        (string, Parameter)[] trained =
        [
            .. detector
                .named_parameters()
                .Where(entry => entry.parameter.requires_grad)
                .Select(entry => (entry.name, entry.parameter)),
        ];
        using Optimizer optimizer = Optimizer.Of(trained, config.Solver, StepReading.EachStep);
        using WeightAverage? average =
            config.Solver.EmaDecay > 0
                ? new WeightAverage(trained, config.Solver.EmaDecay, StepReading.EachStep)
                : null;
        TrainStep step = new(detector, optimizer, config);
        ImageSize small = Part(config, size, 3);
        ImageSize large = Part(config, size, 1.5);
        double one = Peak(step, config, 1, small);
        double two = Peak(step, config, 2, small);
        double wide = Peak(step, config, 1, large);
        long pixels = ((long)large.Width * large.Height) - ((long)small.Width * small.Height);
        double perPixel = pixels > 0 ? Math.Max(0, (wide - one) / pixels) : 0;
        double image = Math.Max(two - one, perPixel * small.Width * small.Height);
        return new MemoryTrial(one - image, image - (perPixel * small.Width * small.Height), perPixel);
    }

    private static ImageSize Part(Config config, ImageSize size, double divisor)
    {
        int multiple = config.Data.PadMultiple;
        int Side(int whole) => (int)Math.Ceiling(whole / divisor / multiple) * multiple;
        return new ImageSize(Side(size.Width), Side(size.Height));
    }

    private static double Peak(TrainStep step, Config config, int images, ImageSize size)
    {
        RgbImage picture = new(size.Width, size.Height, new byte[3 * size.Width * size.Height]);
        float[] corners =
        [
            .. Enumerable
                .Range(0, Boxes)
                .SelectMany(i => new float[] { i, i, (size.Width / 2f) + i, (size.Height / 2f) + i }),
        ];
        BatchItem item = new(
            BatchSource.Unnamed(picture),
            size.Height,
            size.Width,
            ScaleX: 1,
            ScaleY: 1,
            Flipped: false,
            corners,
            new int[Boxes]
        );
        ImageBatch batch = new(
            size.Height,
            size.Width,
            [.. Enumerable.Repeat(picture, images)],
            [.. Enumerable.Repeat(item, images)],
            config.Model.Backbone
        );
        _ = step.Run([batch], TrainingState.Initial(config, []).Settings, iteration: 1, learningRate: 0);
        return PeakOfProcess();
    }

    /// <summary>The three come in the order of their size, so that what the process had at most is what the last one took.</summary>
    private static double PeakOfProcess()
    {
        string line = File.ReadLines("/proc/self/status")
            .First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024.0
            * long.Parse(
                line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
                CultureInfo.InvariantCulture
            );
    }
}
