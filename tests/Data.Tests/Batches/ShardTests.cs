using Xunit;

namespace DynamicRcnn.Data.Tests.Batches;

public static class ShardTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public static void Parts_are_equal_and_make_the_whole_in_order(int count)
    {
        int[] whole = [5, 3, 8, 1, 9, 2];
        int[][] parts = [.. Enumerable.Range(0, count).Select(index => new Shard(index, count).Of(whole))];
        Assert.All(parts, part => Assert.Equal(whole.Length / count, part.Length));
        Assert.Equal(whole, parts.SelectMany(part => part));
    }

    [Fact]
    public static void What_has_no_equal_parts_is_refused() =>
        Assert.Contains(
            "6 do not make 4",
            Assert.Throws<ArgumentException>(() => new Shard(0, 4).Of([1, 2, 3, 4, 5, 6])).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData(4, 5)]
    [InlineData(2, 3)]
    public static void A_batch_at_another_padding_has_the_same_pixels(int height, int width)
    {
        // Two images of 2 x 3 pixels, padded to 3 x 4.
        float[] pixels = new float[2 * 3 * 3 * 4];
        for (int plane = 0; plane < 6; plane++)
        {
            for (int pixel = 0; pixel < 6; pixel++)
            {
                pixels[(plane * 12) + (pixel / 3 * 4) + (pixel % 3)] = 1 + (10 * plane) + pixel;
            }
        }
        BatchItem item = new(new ImageRecord(1, "", "", 3, 2, []), 2, 3, 1, 1, Flipped: false, [], []);
        ImageBatch padded = new ImageBatch(3, 4, pixels, [item, item]).PaddedTo(height, width);
        Assert.Equal((height, width, 6 * height * width), (padded.Height, padded.Width, padded.Pixels.Length));
        float[] values = padded.Pixels.ToArray();
        for (int plane = 0; plane < 6; plane++)
        {
            for (int pixel = 0; pixel < 6; pixel++)
            {
                int at = (((plane * height) + (pixel / 3)) * width) + (pixel % 3);
                Assert.Equal(1 + (10 * plane) + pixel, values[at]);
                values[at] = 0;
            }
        }
        Assert.All(values, value => Assert.Equal(0, value));
    }
}
