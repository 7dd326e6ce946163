using System.Collections.Immutable;

namespace DynamicRcnn.Data;

/// <summary>
/// Which images a step trains on: a pure function of the seed and the iteration. Each epoch is a permutation of the images, in which one may
/// come several times; with grouping a batch holds wide or tall images alone, in the order closest to the permutation. Every batch has the
/// same number of images: the last one of a group is completed from the start of the same group's epoch.
/// </summary>
public sealed class SampleOrder
{
    private readonly long seed;
    private readonly int batchSize;
    private readonly ImmutableArray<long> imageIds;
    private readonly ImmutableArray<int> groups;
    private readonly ImmutableArray<double> factors;

    /// <param name="images">The images to train on, at least one.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="groupByAspect">Keep wide (height / width below 1) and other images apart.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="factors">How often each image comes in an epoch on average, at least 1; null: once.</param>
    public SampleOrder(
        IReadOnlyList<ImageRecord> images,
        int batchSize,
        bool groupByAspect,
        long seed,
        IReadOnlyList<double>? factors = null
    )
    {
        this.seed = seed;
        this.batchSize = batchSize;
        imageIds = [.. images.Select(image => image.Id)];
        groups = [.. images.Select(image => groupByAspect && image.Height >= image.Width ? 1 : 0)];
        this.factors = [.. factors ?? []];
    }

    /// <summary>Batches of an epoch, from 0.</summary>
    public int BatchesOf(int epoch) =>
        Enumerable
            .Range(0, imageIds.Length)
            .GroupBy(place => groups[place])
            .Sum(group => (group.Sum(place => Times(place, epoch)) + batchSize - 1) / batchSize);

    /// <summary>The batches of an epoch, each as places in the list of images.</summary>
    /// <param name="epoch">From 0.</param>
    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        int[] order =
        [
            .. Enumerable
                .Range(0, imageIds.Length)
                .SelectMany(place =>
                    Enumerable.Range(0, Times(place, epoch)).Select(copy => (place, Key: Key(place, epoch, copy)))
                )
                .OrderBy(entry => entry.Key)
                .ThenBy(entry => entry.place)
                .Select(entry => entry.place),
        ];
        List<int[]> batches = [];
        List<int>[] open =
        [
            [],
            [],
        ];
        foreach (int place in order)
        {
            List<int> batch = open[groups[place]];
            batch.Add(place);
            if (batch.Count == batchSize)
            {
                batches.Add([.. batch]);
                batch.Clear();
            }
        }
        for (int group = 0; group < open.Length; group++)
        {
            if (open[group].Count > 0)
            {
                int[] members = [.. order.Where(place => groups[place] == group)];
                batches.Add([
                    .. Enumerable
                        .Range(0, batchSize)
                        .Select(i =>
                            i < open[group].Count ? open[group][i] : members[(i - open[group].Count) % members.Length]
                        ),
                ]);
            }
        }
        return batches;
    }

    /// <summary>How often an image comes in an epoch: the whole part of its factor, and once more with the rest as the probability.</summary>
    private int Times(int place, int epoch)
    {
        if (factors.IsEmpty)
        {
            return 1;
        }
        int whole = (int)factors[place];
        double rest = factors[place] - whole;
        return whole + (CounterRandom.Unit(seed, epoch, imageIds[place], Purpose.Repeat) < rest ? 1 : 0);
    }

    private ulong Key(int place, int epoch, int copy) =>
        CounterRandom.Bits(seed, epoch, imageIds[place], copy == 0 ? Purpose.Order : Purpose.Copies + copy);
}
