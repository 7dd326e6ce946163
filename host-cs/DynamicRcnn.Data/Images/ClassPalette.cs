namespace DynamicRcnn.Data;

/// <summary>A colour for each class: the same in every picture, far apart for neighbouring labels.</summary>
public static class ClassPalette
{
    /// <summary>Steps of the golden angle around the colour circle never meet and spread evenly.</summary>
    private const double GoldenTurn = 0.61803398874989485;

    private const double FirstHue = 0.02;

    /// <summary>The colour of a contiguous label; every third turn is lighter.</summary>
    public static RgbColor ColorOf(int label)
    {
        double hue = ((FirstHue + (label * GoldenTurn)) % 1 + 1) % 1;
        double value = (label & 1) == 0 ? 0.95 : 0.80;
        double saturation = label % 3 == 2 ? 0.60 : 0.85;
        return FromHue(hue, saturation, value);
    }

    /// <summary>Black or white, whichever is easier to read on a colour (ITU-R BT.601 luma).</summary>
    public static RgbColor TextColorOn(RgbColor background) =>
        (0.299 * background.Red) + (0.587 * background.Green) + (0.114 * background.Blue) > 140
            ? RgbColor.Black
            : RgbColor.White;

    private static RgbColor FromHue(double hue, double saturation, double value)
    {
        byte Channel(double shift)
        {
            double position = ((hue + shift) % 1) * 6;
            double ramp = Math.Clamp(Math.Min(position, 4 - position), 0, 1);
            return (byte)Math.Round(255 * value * (1 - (saturation * ramp)));
        }
        return new RgbColor(Channel(5 / 6.0), Channel(3 / 6.0), Channel(1 / 6.0));
    }
}
