namespace DynamicRcnn.Data;

/// <summary>What a random number is for; every use has its own stream.</summary>
internal enum Purpose
{
    Order,
    Flip,
    ShortSide,
    Brightness,
    Contrast,
    Saturation,
    VerticalFlip,
    QuarterTurn,
    Jitter,
    CropWidth,
    CropHeight,
    Mosaic,
    MosaicCentreX,
    MosaicCentreY,
    Repeat,

    /// <summary>The first of the draws of a picture's parts; each part has as many as <see cref="PartDraw"/> names.</summary>
    Parts = 64,

    /// <summary>Before the places of an image's further appearances in an epoch.</summary>
    Copies = 256,
}

/// <summary>What is drawn for each part of a picture; a picture that is no mosaic has one.</summary>
internal enum PartDraw
{
    Image,
    Scale,
    KeptBox,
    Left,
    Top,
}

/// <summary>
/// Random numbers without a state: a hash of (seed, when, image id, purpose) by four rounds of SplitMix64's finaliser (Steele, Lea
/// and Flood 2014). Good enough to shuffle and to flip; the sampling of RoIs uses Philox.
/// </summary>
internal static class CounterRandom
{
    /// <summary>64 random bits.</summary>
    internal static ulong Bits(long seed, long when, long imageId, Purpose purpose)
    {
        ulong hash = Mix((ulong)seed);
        hash = Mix(hash ^ (ulong)when);
        hash = Mix(hash ^ (ulong)imageId);
        return Mix(hash ^ (ulong)purpose);
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    internal static double Unit(long seed, long when, long imageId, Purpose purpose) =>
        (Bits(seed, when, imageId, purpose) >> 11) * (1.0 / (1L << 53));

    private const int CopyShift = 40;

    /// <summary>What an image's draws in an iteration are made of: of its first place in the batch the iteration, of each further place something else.</summary>
    /// <param name="iteration">From 1 to below 2^40.</param>
    /// <param name="copy">How often the image comes before in the batch.</param>
    internal static long When(long iteration, int copy) => iteration | ((long)copy << CopyShift);

    /// <summary>The iteration of such a number.</summary>
    internal static long IterationOf(long when) => when & ((1L << CopyShift) - 1);

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
