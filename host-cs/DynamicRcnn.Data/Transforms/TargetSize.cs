using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>The size that an image is resampled to.</summary>
public static class TargetSize
{
    /// <param name="rule">Rounding of the two sides.</param>
    /// <param name="width">Original pixels.</param>
    /// <param name="height">Original pixels.</param>
    /// <param name="shortSide">Wanted short side.</param>
    /// <param name="maxSide">Bound of the long side.</param>
    /// <remarks>
    /// Official: the short side becomes exactly <paramref name="shortSide"/>, the long one is truncated; when the long side would pass the bound
    /// the short side becomes round(bound * short / long), half to even. MMDetection: one scale, both sides rounded half up. No side becomes 0.
    /// </remarks>
    public static ImageSize Of(ResizeRule rule, int width, int height, int shortSide, int maxSide)
    {
        int shorter = Math.Min(width, height);
        int longer = Math.Max(width, height);
        if (rule.IsMMDetection)
        {
            double scale = Math.Min((double)maxSide / longer, (double)shortSide / shorter);
            return new ImageSize(Rounded(width * scale), Rounded(height * scale));
        }
        int target = shortSide;
        if ((double)longer / shorter * target > maxSide)
        {
            target = (int)Math.Round((double)maxSide * shorter / longer, MidpointRounding.ToEven);
        }
        if (target == 0)
        {
            return width < height ? new ImageSize(1, maxSide) : new ImageSize(maxSide, 1);
        }
        return shorter == target ? new ImageSize(width, height)
            : width < height ? new ImageSize(target, Math.Max(1, (int)((double)target * height / width)))
            : new ImageSize(Math.Max(1, (int)((double)target * width / height)), target);
    }

    private static int Rounded(double side) => Math.Max(1, (int)(side + 0.5));
}
