using Xunit;

namespace DynamicRcnn.Data.Tests.Images;

public sealed class ThumbnailTests
{
    [Theory]
    [InlineData(640, 480, 320, 320, 240)]
    [InlineData(100, 400, 200, 50, 200)]
    [InlineData(4000, 3, 100, 100, 1)]
    [InlineData(64, 48, 64, 64, 48)]
    [InlineData(64, 48, 500, 64, 48)]
    public void The_longer_side_is_at_most_the_one_asked_for_and_small_pictures_stay(
        int width,
        int height,
        int longSide,
        int expectedWidth,
        int expectedHeight
    )
    {
        RgbImage small = Thumbnail.Of(new RgbImage(width, height, new byte[3 * width * height]), longSide);
        Assert.Equal((expectedWidth, expectedHeight), (small.Width, small.Height));
    }
}
