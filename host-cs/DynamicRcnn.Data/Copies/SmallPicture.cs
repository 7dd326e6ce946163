using System.Numerics;
using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>
/// A picture as 32 x 32 pixels (3 KiB), in which a copy that was scaled or compressed again is the same but for a few levels, and two different
/// pictures are not.
/// </summary>
/// <remarks>
/// Measured on pictures of BCCD, raccoon and COCO: the squared difference, as a share of the pictures' variance, is at most 0.07 for a JPEG of
/// quality 10 or a quarter of the size at quality 30, 0.04 for one field of BCCD in two focuses, and at least 0.55 for two different pictures.
/// </remarks>
internal sealed class SmallPicture
{
    private const int Side = 32;

    /// <summary>Pixels along a block's side: 8 x 8 blocks.</summary>
    private const int Block = 4;

    private const int Blocks = Side / Block;
    private const int Channels = 3;

    /// <summary>Levels by which a block must be brighter or darker than the picture for its bit to be sure.</summary>
    private const double SureLevels = 8;

    /// <summary>Of the pictures' variance.</summary>
    private const double MostDifference = 0.1;

    /// <summary>Squared levels that are rounding in pictures of one colour.</summary>
    private const double Rounding = 0.25;

    /// <summary>Root of the mean square in levels: a small object that only one of them has shows in its block alone.</summary>
    private const double MostBlockDifference = 16;

    /// <summary>Ratio of the sides' ratios: small copies round theirs.</summary>
    private const double MostStretch = 1.04;

    private readonly byte[] pixels;
    private readonly double ratio;
    private readonly double variance;
    private readonly ulong bright;
    private readonly ulong sure;

    private SmallPicture(byte[] pixels, double ratio)
    {
        this.pixels = pixels;
        this.ratio = ratio;
        double[] blocks = new double[Blocks * Blocks];
        double squares = 0;
        Span<double> means = stackalloc double[Channels];
        for (int at = 0; at < pixels.Length; at++)
        {
            int row = at / (Side * Channels);
            int column = at / Channels % Side;
            blocks[(row / Block * Blocks) + (column / Block)] += pixels[at];
            means[at % Channels] += pixels[at];
            squares += pixels[at] * pixels[at];
        }
        const int count = Side * Side;
        double mean = 0;
        foreach (double sum in means)
        {
            squares -= sum * sum / count;
            mean += sum / (count * Channels);
        }
        variance = squares / (count * Channels);
        for (int block = 0; block < blocks.Length; block++)
        {
            double over = (blocks[block] / (Block * Block * Channels)) - mean;
            bright |= over > 0 ? 1UL << block : 0;
            sure |= Math.Abs(over) >= SureLevels ? 1UL << block : 0;
        }
    }

    /// <summary>Makes it small.</summary>
    internal static SmallPicture Of(RgbImage image) =>
        new(
            Resampler.Resize(image, new ImageSize(Side, Side), ResamplingRule.Pillow).Pixels,
            image.Width / (double)image.Height
        );

    /// <summary>Whether one is the other in another size or compression. A hash of the blocks' brightness decides for most pairs.</summary>
    internal bool IsCopyOf(SmallPicture other) =>
        BitOperations.PopCount((bright ^ other.bright) & sure & other.sure) == 0
        && Math.Max(ratio, other.ratio) <= MostStretch * Math.Min(ratio, other.ratio)
        && LooksLike(other);

    private bool LooksLike(SmallPicture other)
    {
        Span<int> blocks = stackalloc int[Blocks * Blocks];
        for (int at = 0; at < pixels.Length; at++)
        {
            int difference = pixels[at] - other.pixels[at];
            int row = at / (Side * Channels);
            int column = at / Channels % Side;
            blocks[(row / Block * Blocks) + (column / Block)] += difference * difference;
        }
        long sum = 0;
        int most = 0;
        foreach (int block in blocks)
        {
            sum += block;
            most = Math.Max(most, block);
        }
        return sum / (double)pixels.Length <= (MostDifference * (variance + other.variance) / 2) + Rounding
            && most <= MostBlockDifference * MostBlockDifference * Block * Block * Channels;
    }
}
