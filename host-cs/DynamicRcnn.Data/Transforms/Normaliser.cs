using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Writes an image as the planes that a backbone's weights expect: its channel order, minus mean, over std.</summary>
internal sealed class Normaliser
{
    private const int Channels = 3;
    private const int Levels = 256;
    private readonly int[] sourceChannel;
    private readonly float[][] table;

    internal Normaliser(BackboneConfig backbone)
    {
        sourceChannel = backbone.Channels.IsBgr ? [2, 1, 0] : [0, 1, 2];
        table =
        [
            .. Enumerable
                .Range(0, Channels)
                .Select(channel =>
                    Enumerable
                        .Range(0, Levels)
                        .Select(level => (float)((level - backbone.Mean[channel]) / backbone.Std[channel]))
                        .ToArray()
                ),
        ];
    }

    /// <param name="image">8-bit RGB.</param>
    /// <param name="flip">Mirror it left to right.</param>
    /// <param name="target">[3, <paramref name="height"/>, <paramref name="width"/>], zero where the image does not reach.</param>
    /// <param name="height">Rows of a plane, at least the image's.</param>
    /// <param name="width">Columns of a plane, at least the image's.</param>
    internal void Write(RgbImage image, bool flip, Span<float> target, int height, int width)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            float[] values = table[channel];
            for (int y = 0; y < image.Height; y++)
            {
                ReadOnlySpan<byte> row = image.Pixels.AsSpan(y * image.Width * Channels, image.Width * Channels);
                Span<float> line = target.Slice(((channel * height) + y) * width, image.Width);
                int at = sourceChannel[channel] + (flip ? (image.Width - 1) * Channels : 0);
                int step = flip ? -Channels : Channels;
                for (int x = 0; x < line.Length; x++, at += step)
                {
                    line[x] = values[row[at]];
                }
            }
        }
    }
}
