using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>What an image's light is multiplied with; 1 leaves it as it is.</summary>
/// <param name="Brightness">Of every level.</param>
/// <param name="Contrast">Of a level's distance from the image's mean grey.</param>
/// <param name="Saturation">Of a level's distance from its pixel's grey.</param>
internal readonly record struct PhotometricFactors(double Brightness, double Contrast, double Saturation)
{
    /// <summary>Changes nothing.</summary>
    internal static readonly PhotometricFactors None = new(1, 1, 1);

    /// <summary>One factor for each strength s, uniform in [1 - s, 1 + s): a pure function of its arguments.</summary>
    internal static PhotometricFactors Draw(DataConfig data, long seed, long iteration, long imageId)
    {
        // A strength of 0 gives exactly 1.
        double Factor(double strength, Purpose purpose) =>
            1 + (strength * ((2 * CounterRandom.Unit(seed, iteration, imageId, purpose)) - 1));
        return new PhotometricFactors(
            Factor(data.Brightness, Purpose.Brightness),
            Factor(data.Contrast, Purpose.Contrast),
            Factor(data.Saturation, Purpose.Saturation)
        );
    }
}

/// <summary>
/// Brightness, then contrast, then saturation of 8-bit RGB images. Each is clamped to 0..255; rounding comes once, at the end. Grey is
/// Rec. 601's luma. Differs from torchvision's ColorJitter, which draws an order and rounds after each.
/// </summary>
internal static class Photometric
{
    private const int Channels = 3;
    private const int Levels = 256;
    private const float Top = 255;
    private const float Red = 0.299f;
    private const float Green = 0.587f;
    private const float Blue = 0.114f;

    /// <summary>The image with other light: itself where every factor is 1, otherwise a new one.</summary>
    internal static RgbImage Apply(RgbImage image, PhotometricFactors factors)
    {
        if (factors == PhotometricFactors.None)
        {
            return image;
        }
        float[] table = Lightened((float)factors.Brightness);
        if (factors.Contrast != 1)
        {
            Spread(table, MeanGrey(image, table), (float)factors.Contrast);
        }
        byte[] pixels = GC.AllocateUninitializedArray<byte>(image.Pixels.Length);
        if (factors.Saturation == 1)
        {
            Look(image.Pixels, pixels, table);
        }
        else
        {
            Saturate(image.Pixels, pixels, table, (float)factors.Saturation);
        }
        return new RgbImage(image.Width, image.Height, pixels);
    }

    /// <summary>What brightness makes of each level.</summary>
    private static float[] Lightened(float factor)
    {
        float[] table = new float[Levels];
        for (int level = 0; level < Levels; level++)
        {
            table[level] = Math.Min(factor * level, Top);
        }
        return table;
    }

    /// <summary>Contrast treats the channels alike, so that it is a change of the table.</summary>
    private static void Spread(float[] table, float grey, float factor)
    {
        for (int level = 0; level < Levels; level++)
        {
            table[level] = Blend(grey, table[level], factor);
        }
    }

    /// <summary>The mean grey of the image as the table shows it. It is counted by level, so that no order of summing enters.</summary>
    private static float MeanGrey(RgbImage image, float[] table)
    {
        int[] red = new int[Levels];
        int[] green = new int[Levels];
        int[] blue = new int[Levels];
        byte[] pixels = image.Pixels;
        for (int at = 0; at < pixels.Length; at += Channels)
        {
            red[pixels[at]]++;
            green[pixels[at + 1]]++;
            blue[pixels[at + 2]]++;
        }
        double sum = 0;
        for (int level = 0; level < Levels; level++)
        {
            sum +=
                table[level]
                * (((double)Red * red[level]) + ((double)Green * green[level]) + ((double)Blue * blue[level]));
        }
        return (float)(sum / (pixels.Length / Channels));
    }

    private static void Look(byte[] source, byte[] target, float[] table)
    {
        Span<byte> rounded = stackalloc byte[Levels];
        for (int level = 0; level < Levels; level++)
        {
            rounded[level] = Rounded(table[level]);
        }
        for (int i = 0; i < source.Length; i++)
        {
            target[i] = rounded[source[i]];
        }
    }

    private static void Saturate(byte[] source, byte[] target, float[] table, float factor)
    {
        for (int at = 0; at < source.Length; at += Channels)
        {
            float red = table[source[at]];
            float green = table[source[at + 1]];
            float blue = table[source[at + 2]];
            float grey = (Red * red) + (Green * green) + (Blue * blue);
            target[at] = Rounded(Blend(grey, red, factor));
            target[at + 1] = Rounded(Blend(grey, green, factor));
            target[at + 2] = Rounded(Blend(grey, blue, factor));
        }
    }

    private static float Blend(float grey, float value, float factor) =>
        Math.Clamp(grey + (factor * (value - grey)), 0, Top);

    private static byte Rounded(float value) => (byte)(value + 0.5f);
}
