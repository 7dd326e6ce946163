using DynamicRcnn.Data;

namespace DynamicRcnn.Cli.Tests.Export;

/// <summary>Pictures of many sizes with something in them.</summary>
internal static class Pictures
{
    public static IReadOnlyList<RgbImage> All { get; } =
    [
        .. new[] { (5, 4), (3, 50), (50, 3), (400, 32), (33, 47), (96, 96), (97, 96), (160, 96) }.Select(Drawn),
        .. new[] { (200, 133), (133, 200), (320, 240), (241, 300), (32, 256), (500, 31) }.Select(Drawn),
    ];

    /// <summary>Rectangles of random colours on a ground that changes slowly, with some noise.</summary>
    public static RgbImage Drawn((int Width, int Height) size)
    {
        (int width, int height) = size;
        Random random = new((width * 10_000) + height);
        byte[] pixels = new byte[3 * width * height];
        for (int i = 0; i < pixels.Length; i++)
        {
            int at = i / 3;
            pixels[i] = (byte)(40 + (80 * (at % width) / width) + (60 * (at / width) / height) + random.Next(20));
        }
        for (int box = 0; box < 8; box++)
        {
            (int x, int y) = (random.Next(width), random.Next(height));
            (int wide, int high) = (1 + random.Next((width / 2) + 1), 1 + random.Next((height / 2) + 1));
            byte[] colour = new byte[3];
            random.NextBytes(colour);
            for (int row = y; row < Math.Min(height, y + high); row++)
            {
                for (int column = x; column < Math.Min(width, x + wide); column++)
                {
                    colour.CopyTo(pixels, 3 * ((row * width) + column));
                }
            }
        }
        return new RgbImage(width, height, pixels);
    }
}
