using SixLabors.ImageSharp;

namespace DynamicRcnn.Data;

/// <summary>An 8-bit RGB picture; the first pixel is the top left one.</summary>
public sealed class RgbImage
{
    /// <summary>Wraps the pixels without copying them.</summary>
    /// <param name="width">Columns, at least 1.</param>
    /// <param name="height">Rows, at least 1.</param>
    /// <param name="pixels">[height, width, 3], row by row without padding.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    public RgbImage(int width, int height, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        ArgumentNullException.ThrowIfNull(pixels);
        if (pixels.LongLength != (long)width * height * 3)
        {
            throw new ArgumentException(
                $"{width} x {height} RGB pixels are {(long)width * height * 3} bytes, got {pixels.LongLength}.",
                nameof(pixels)
            );
        }
        Width = width;
        Height = height;
        Pixels = pixels;
    }

    /// <summary>A copy of an image of ImageSharp, as it is in memory: no orientation is applied, alpha is dropped.</summary>
    public static RgbImage Of(Image image) => ManagedCodec.Copy(image);

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>[Height, Width, 3], row by row without padding.</summary>
    public byte[] Pixels { get; }

    /// <summary>The colour at a column and a row.</summary>
    public RgbColor this[int x, int y]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)x, (uint)Width, nameof(x));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)y, (uint)Height, nameof(y));
            int at = ((y * Width) + x) * 3;
            return new RgbColor(Pixels[at], Pixels[at + 1], Pixels[at + 2]);
        }
    }
}

/// <summary>A colour, 0 to 255 a channel.</summary>
public readonly record struct RgbColor(byte Red, byte Green, byte Blue)
{
    /// <summary>Black.</summary>
    public static readonly RgbColor Black;

    /// <summary>White.</summary>
    public static readonly RgbColor White = new(255, 255, 255);
}

/// <summary>Width and height in pixels.</summary>
public readonly record struct ImageSize(int Width, int Height);
