using DynamicRcnn.Core;
using DynamicRcnn.Data.Tests.Images;
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
            foreach (ResamplingRule rule in (ResamplingRule[])[ResamplingRule.Pillow, ResamplingRule.OpenCV])
            {
                RgbImage result = Resampler.Resize(flat, size, rule);
                Assert.Equal(size, new ImageSize(result.Width, result.Height));
                Assert.All(result.Pixels.Chunk(3), pixel => Assert.Equal([12, 200, 255], pixel));
            }
        }
    }

    [Fact]
    public void Halving_averages_pairs_and_doubling_interpolates_at_half_pixels()
    {
        RgbImage ramp = new(4, 1, [0, 0, 0, 40, 40, 40, 80, 80, 80, 120, 120, 120]);
        Assert.Equal([20, 100], Red(Resampler.Resize(ramp, new ImageSize(2, 1), ResamplingRule.OpenCV)));
        Assert.Equal(
            [0, 10, 30, 50, 70, 90, 110, 120],
            Red(Resampler.Resize(ramp, new ImageSize(8, 1), ResamplingRule.OpenCV))
        );
    }

    /// <summary>What Pillow and OpenCV computed (resampled.py record), for machines that have neither.</summary>
    [Theory]
    [InlineData("PIL", 3, 2, "83606a9a6f8060ada28ca197916b7a5d7478")]
    [InlineData(
        "PIL",
        10,
        4,
        "2f439b784980b94574c82c8cba4886c6589ae35ec9669add49c0a15cd44f6d5e7d717c4b848136b04c6d"
            + "8a81507292656e80ae5ad9a24fc69f4a89a172964f76b37189b87bb6824a905985786c9b75b38461a279"
            + "576a77532d793d26d38696ddc9e9dfd9d1cbcd4b70971b4443474d4f5560636d7b748496"
    )]
    [InlineData(
        "PIL",
        7,
        3,
        "503e9f916157bd27918f6b6fe155cb46c2d151d15355835d91a74ec06c52917b6a58a0914dd3925752a8"
            + "5d3fb69ff3e0cdbbaea10567625f5c5d5b60676e79"
    )]
    [InlineData(
        "PIL",
        2,
        9,
        "b33c929780b19b4885888da4725c6f70a38f84775764a690a4933d5ba59789956e6b7c807b949b765b6c"
            + "9f8cb172586ab487bf705668"
    )]
    [InlineData("cv2", 3, 2, "666859518d4e51dc9271c8ba5f09af63564f")]
    [InlineData(
        "cv2",
        10,
        4,
        "1747997a4387cd3c7dd12e8acc408dd851a2ea5fc76190e647baa763d74c755982707a4d7d8136ad4771"
            + "8380516f9166757bb15ed8a24fc99c488f9b7a965075b57582bb80b3824b8a558976689f7db285669d76"
            + "576670502d702614e78a8ce8dfebe6e4dedee04f649f142d2c3642454f5f6372877e93aa"
    )]
    [InlineData(
        "cv2",
        7,
        3,
        "3e419ca35761c3298fa26179e757c93fb8db57d351019f3fe68a30dd8733e6964d01bc742eefad7234fd"
            + "4c31c5b2f2e2d4c6bdb40452515253585a636e7988"
    )]
    [InlineData(
        "cv2",
        2,
        9,
        "e133865d87f0ab4b6d69a0d75173427dc9ac88823557d9a2e4893123e29f8db5775ea57b5bdbb6846f5e"
            + "bbe7d956585ff4edee3a4a5f"
    )]
    public void A_small_picture_has_the_values_that_the_library_computed(
        string library,
        int width,
        int height,
        string expected
    )
    {
        const int columns = 7;
        const int rows = 5;
        byte[] pixels = [.. Enumerable.Range(0, 3 * columns * rows).Select(i => (byte)((i * 73) + (i * i % 251)))];
        ResamplingRule rule = library == "PIL" ? ResamplingRule.Pillow : ResamplingRule.OpenCV;
        RgbImage result = Resampler.Resize(new RgbImage(columns, rows, pixels), new ImageSize(width, height), rule);
        Assert.Equal(expected, Convert.ToHexStringLower(result.Pixels));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 0)]
    public void A_size_without_pixels_is_refused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Resampler.Resize(TestPictures.Gradient(3, 3), new ImageSize(width, height), ResamplingRule.OpenCV)
        );

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
