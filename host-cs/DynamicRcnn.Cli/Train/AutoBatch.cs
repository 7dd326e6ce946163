using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>data.imagesPerStep=auto: as many of the preset's images a step as memory holds, with the schedule scaled to them.</summary>
internal static class AutoBatch
{
    private const string Field = "data.imagesPerStep=";
    private const string Asked = Field + "auto";

    // Decoded batches ahead of the loop, evaluation and what an allocator keeps vary.
    private const double UsableShare = 0.9;
    private const long BytesOfMegabyte = 1 << 20;

    // As libtorch on a GPU, its allocator on a CPU, and C++ say it.
    private static readonly string[] outOfMemory = ["out of memory", "can't allocate memory", "bad_alloc"];

    /// <summary>Whether the command line asks for it.</summary>
    public static bool IsAsked(ConfigChoice choice) => choice.Sets.Contains(Asked);

    /// <summary>The choice with so many images a step; null: the preset's.</summary>
    public static ConfigChoice With(ConfigChoice choice, int? images)
    {
        string[] sets = [.. choice.Sets.Where(set => set != Asked)];
        return new ConfigChoice(
            choice.Preset,
            choice.Files,
            images is null ? sets : [.. sets, $"{Field}{images}", "solver.scaleSchedule=true"],
            choice.Options
        );
    }

    /// <summary>The numbers of images to try, the largest that fits first; null stands for the preset's own.</summary>
    /// <param name="config">With the preset's images.</param>
    /// <param name="dataset">The training split.</param>
    /// <param name="memory">That there is; null: nothing says.</param>
    /// <param name="output">Where the estimate is told.</param>
    /// <exception cref="RunException">Not even one image fits.</exception>
    public static IReadOnlyList<int?> Fitting(Config config, Dataset dataset, MemoryLimit? memory, TextWriter output)
    {
        int own = config.Data.ImagesPerStep;
        int[] numbers = [.. Enumerable.Range(1, own).Where(images => own % images == 0).OrderDescending()];
        if (memory is not { } limit || RunDevice.Of(config.Run).type != DeviceType.CPU)
        {
            output.WriteLine(
                $"{Asked}: memory is not estimated here; it begins with {Amount.Count(own, "image")} a step"
            );
            return [.. numbers.Select(images => Number(images, own))];
        }
        ImageSize size = Largest(config, dataset);
        output.WriteLine($"{Asked}: tries three small steps to see what memory they take");
        MemoryTrial trial = MemoryTrial.Run(config, dataset.Classes, size);
        long beside = Math.Min(config.Data.CacheMegabytes * BytesOfMegabyte, CachedBytes(config, dataset));
        long Needed(int images) => beside + trial.Bytes(Math.Max(1, images / config.Solver.AccumulationSteps), size);
        int[] fitting = [.. numbers.Where(images => Needed(images) <= UsableShare * limit.Bytes)];
        string what = $"of {size.Width} x {size.Height} pixels";
        string have = $"{Amount.Bytes(limit.Bytes)} can be had ({limit.Source})";
        if (fitting.Length == 0)
        {
            throw new RunException(
                $"{Asked}: a step of one image {what} takes about {Amount.Bytes(Needed(1))}, and {have}; lower data.shortSides and data.maxSide, or free memory",
                RunFault.Request
            );
        }
        output.WriteLine(
            $"{Asked}: {Amount.Count(fitting[0], "image")} a step {what} take about {Amount.Bytes(Needed(fitting[0]))}; {have}"
        );
        return [.. fitting.Select(images => Number(images, own))];
    }

    /// <summary>Trains with each number in turn until one has memory enough.</summary>
    /// <param name="numbers">The largest first.</param>
    /// <param name="root">The run's folder, which a try that failed leaves as it was.</param>
    /// <param name="train">A run from its start to its end.</param>
    /// <param name="output">Where a further try is told.</param>
    public static void Try(IReadOnlyList<int?> numbers, string root, Action<int?> train, TextWriter output)
    {
        for (int i = 0; ; i++)
        {
            bool wasThere = Directory.Exists(root);
            try
            {
                train(numbers[i]);
                return;
            }
            catch (Exception failure) when (i + 1 < numbers.Count && IsOutOfMemory(failure) && !HasCheckpoint(root))
            {
                output.WriteLine(
                    $"out of memory before the first checkpoint; again with {Amount.Count(numbers[i + 1]!.Value, "image")} a step"
                );
                if (Directory.Exists(root))
                {
                    Directory.Delete(root, recursive: true);
                }
                if (wasThere)
                {
                    Directory.CreateDirectory(root);
                }
            }
        }
    }

    private static bool HasCheckpoint(string root)
    {
        string folder = Path.Combine(root, "checkpoints");
        return Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any();
    }

    private static bool IsOutOfMemory(Exception failure) =>
        failure is OutOfMemoryException
        || outOfMemory.Any(words => failure.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
        || (failure.InnerException is { } inner && IsOutOfMemory(inner));

    private static int? Number(int images, int own) => images == own ? null : images;

    /// <summary>The size of a batch at most: images of every shape, each at its largest.</summary>
    private static ImageSize Largest(Config config, Dataset dataset)
    {
        DataConfig data = config.Data;
        int shortSide = data.ShortSides.Max();
        ImageSize[] sizes =
        [
            .. TrainingAdvice
                .TrainingImages(dataset, config)
                .Select(image => TargetSize.Of(data.ResizeRule, image.Width, image.Height, shortSide, data.MaxSide)),
        ];
        int Padded(int side) => (side + data.PadMultiple - 1) / data.PadMultiple * data.PadMultiple;
        IEnumerable<ImageSize[]> groups =
            data.AspectGrouping && data.QuarterTurnProbability == 0
                ? sizes.GroupBy(size => size.Height >= size.Width).Select(group => group.ToArray())
                : [sizes];
        return groups
            .Select(group => new ImageSize(
                Padded(group.Max(size => size.Width)),
                Padded(group.Max(size => size.Height))
            ))
            .Select(size =>
                data.QuarterTurnProbability > 0
                    ? new ImageSize(Math.Max(size.Width, size.Height), Math.Max(size.Width, size.Height))
                    : size
            )
            .MaxBy(size => (long)size.Width * size.Height);
    }

    private static long CachedBytes(Config config, Dataset dataset)
    {
        DataConfig data = config.Data;
        return data.ShortSides.Sum(side =>
            dataset
                .Images.Select(image => TargetSize.Of(data.ResizeRule, image.Width, image.Height, side, data.MaxSide))
                .Sum(size => 3L * size.Width * size.Height)
        );
    }
}
