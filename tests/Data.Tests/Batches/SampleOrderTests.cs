using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public sealed class SampleOrderTests
{
    private static readonly ImageRecord[] images =
    [
        .. Enumerable.Range(1, 23).Select(id => new ImageRecord(id, "", "", id % 3 == 0 ? 50 : 100, 80, [])),
    ];

    [Fact]
    public void An_epoch_shows_every_image_in_batches_of_one_aspect_and_one_size()
    {
        SampleOrder order = new(images, 4, groupByAspect: true, seed: 1);
        IReadOnlyList<int[]> batches = order.Epoch(0);
        Assert.Equal(order.BatchesPerEpoch, batches.Count);
        Assert.All(batches, batch => Assert.Equal(4, batch.Length));
        Assert.All(
            batches,
            batch => Assert.Single(batch.Select(place => images[place].Height >= images[place].Width).Distinct())
        );
        Assert.Equal(Enumerable.Range(0, 23), batches.SelectMany(batch => batch).Distinct().Order());
    }

    [Fact]
    public void The_order_depends_on_seed_and_epoch_alone()
    {
        int[] First(int seed, int epoch) =>
            [.. new SampleOrder(images, 2, false, seed).Epoch(epoch).SelectMany(batch => batch)];
        Assert.Equal(First(1, 3), First(1, 3));
        Assert.NotEqual(First(1, 3), First(2, 3));
        Assert.NotEqual(First(1, 3), First(1, 4));
    }
}
