using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Small copies of pictures, for pages that show many.</summary>
public static class Thumbnail
{
    /// <summary>A copy whose longer side is at most so long; the picture itself when it is small enough.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="longSide">Pixels, at least 1.</param>
    public static RgbImage Of(RgbImage image, int longSide)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(longSide);
        double scale = longSide / (double)Math.Max(image.Width, image.Height);
        return scale >= 1
            ? image
            : Resampler.Resize(image, new ImageSize(Scaled(image.Width), Scaled(image.Height)), ResamplingRule.Pillow);

        int Scaled(int side) => Math.Max(1, (int)Math.Round(side * scale));
    }
}
