using DynamicRcnn.Core;
using Xunit;

namespace DynamicRcnn.Data.Tests.Transforms;

public sealed class ResamplerTests
{
    [Fact]
    public void A_flat_image_stays_flat_at_every_size()
    {
        RgbImage flat = new(7, 5, [.. Enumerable.Repeat(new byte[] { 12, 200, 255 }, 35).SelectMany(pixel => pixel)]);
        foreach (ImageSize size in new ImageSize[] { new(3, 2), new(20, 31), new(7, 1), new(1, 1) })
        {
            foreach (bool antialias in new[] { false, true })
            {
                RgbImage result = Resampler.Resize(flat, size, antialias);
                Assert.Equal(size, new ImageSize(result.Width, result.Height));
                Assert.All(result.Pixels.Chunk(3), pixel => Assert.Equal([12, 200, 255], pixel));
            }
        }
    }

    [Fact]
    public void Halving_averages_pairs_and_doubling_interpolates_at_half_pixels()
    {
        RgbImage ramp = new(4, 1, [0, 0, 0, 40, 40, 40, 80, 80, 80, 120, 120, 120]);
        Assert.Equal([20, 100], Red(Resampler.Resize(ramp, new ImageSize(2, 1), antialias: false)));
        Assert.Equal(
            [0, 10, 30, 50, 70, 90, 110, 120],
            Red(Resampler.Resize(ramp, new ImageSize(8, 1), antialias: false))
        );
    }

    [Theory]
    [InlineData(640, 480, 320, 640, 427, 320)]
    [InlineData(640, 480, 800, 1333, 1067, 800)]
    [InlineData(1000, 200, 800, 1333, 1333, 267)]
    public void MMDetection_rounds_both_sides(
        int width,
        int height,
        int shortSide,
        int maxSide,
        int newWidth,
        int newHeight
    ) =>
        Assert.Equal(
            new ImageSize(newWidth, newHeight),
            TargetSize.Of(ResizeRule.MMDetection, width, height, shortSide, maxSide)
        );

    [Theory]
    [InlineData(640, 480, 800, 1333, 1066, 800)]
    [InlineData(480, 640, 800, 1333, 800, 1066)]
    [InlineData(1000, 200, 800, 1333, 1335, 267)]
    [InlineData(640, 480, 480, 1333, 640, 480)]
    public void The_official_rule_truncates_the_long_side(
        int width,
        int height,
        int shortSide,
        int maxSide,
        int newWidth,
        int newHeight
    ) =>
        Assert.Equal(
            new ImageSize(newWidth, newHeight),
            TargetSize.Of(ResizeRule.Official, width, height, shortSide, maxSide)
        );

    [Theory]
    [InlineData(1, 5000)]
    [InlineData(5000, 1)]
    public void A_thin_image_keeps_a_pixel_and_the_bound(int width, int height)
    {
        ImageSize expected = width < height ? new ImageSize(1, 1333) : new ImageSize(1333, 1);
        Assert.Equal(expected, TargetSize.Of(ResizeRule.Official, width, height, 800, 1333));
        Assert.Equal(expected, TargetSize.Of(ResizeRule.MMDetection, width, height, 800, 1333));
    }

    private static int[] Red(RgbImage image) => [.. image.Pixels.Chunk(3).Select(pixel => (int)pixel[0])];
}
