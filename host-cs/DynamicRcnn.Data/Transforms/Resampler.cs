using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Bilinear resampling of RGB pictures in the arithmetic of the library that a profile's code calls.</summary>
public static class Resampler
{
    internal const int Channels = 3;

    /// <summary>Resamples a picture; one that has the size already is returned as it is.</summary>
    /// <param name="image">The original.</param>
    /// <param name="target">Its new size.</param>
    /// <param name="rule">Whose pixels come out, to the bit.</param>
    public static RgbImage Resize(RgbImage image, ImageSize target, ResamplingRule rule)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(target.Width, nameof(target));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(target.Height, nameof(target));
        return image.Width == target.Width && image.Height == target.Height ? image
            : rule.IsPillow ? PillowBilinear.Resize(image, target)
            : OpenCvBilinear.Resize(image, target);
    }
}
