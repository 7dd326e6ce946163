using System.Collections.Immutable;

namespace DynamicRcnn.Data;

/// <summary>
/// Which images a step trains on: a pure function of the seed and the iteration. Each epoch is a permutation of the images; with
/// grouping a batch holds wide or tall images alone, in the order closest to the permutation. Every batch has the same number of
/// images: the last one of a group is completed from the start of the same group's epoch.
/// </summary>
public sealed class SampleOrder
{
    private readonly long seed;
    private readonly int batchSize;
    private readonly ImmutableArray<long> imageIds;
    private readonly ImmutableArray<int> groups;

    /// <param name="images">The images to train on, at least one.</param>
    /// <param name="batchSize">Images of a batch.</param>
    /// <param name="groupByAspect">Keep wide (height / width below 1) and other images apart.</param>
    /// <param name="seed">The run's seed.</param>
    public SampleOrder(IReadOnlyList<ImageRecord> images, int batchSize, bool groupByAspect, long seed)
    {
        this.seed = seed;
        this.batchSize = batchSize;
        imageIds = [.. images.Select(image => image.Id)];
        groups = [.. images.Select(image => groupByAspect && image.Height >= image.Width ? 1 : 0)];
        BatchesPerEpoch = groups.GroupBy(group => group).Sum(group => (group.Count() + batchSize - 1) / batchSize);
    }

    /// <summary>Batches until every image was seen.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The batches of an epoch, each as places in the list of images.</summary>
    /// <param name="epoch">From 0.</param>
    public IReadOnlyList<int[]> Epoch(int epoch)
    {
        ulong[] keys = [.. imageIds.Select(id => CounterRandom.Bits(seed, epoch, id, Purpose.Order))];
        int[] order = [.. Enumerable.Range(0, keys.Length).OrderBy(place => keys[place]).ThenBy(place => place)];
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
}
