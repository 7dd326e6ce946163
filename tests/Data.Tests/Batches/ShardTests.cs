using DynamicRcnn.Core;
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
        // Two images of 2 x 3 pixels, padded to 3 x 4; levels 1, 2, ... and 31, 32, ... by plane, then pixel.
        BackboneConfig backbone = TestSource
            .Config("model.backbone.mean=[0, 0, 0]", "model.backbone.std=[1, 1, 1]")
            .Model.Backbone;
        BatchItem item = new(new ImageRecord(1, "", "", 3, 2, []), 2, 3, 1, 1, Flipped: false, [], []);
        ImageBatch padded = new ImageBatch(3, 4, [Picture(0), Picture(1)], [item, item], backbone).PaddedTo(
            height,
            width
        );
        float[] values = padded.Normalised();
        Assert.Equal((height, width, 6 * height * width), (padded.Height, padded.Width, values.Length));
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

        static RgbImage Picture(int image) =>
            new(3, 2, [.. Enumerable.Range(0, 18).Select(i => (byte)(1 + (10 * ((3 * image) + (i % 3))) + (i / 3)))]);
    }
}
