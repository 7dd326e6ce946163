namespace DynamicRcnn.Data.Tests.Images;

internal static class TestPictures
{
    /// <summary>A smooth picture, different in each channel.</summary>
    internal static RgbImage Gradient(int width, int height)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = ((y * width) + x) * 3;
                pixels[at] = (byte)(255 * x / width);
                pixels[at + 1] = (byte)(255 * y / height);
                pixels[at + 2] = (byte)(255 * (x + y) / (width + height));
            }
        }
        return new RgbImage(width, height, pixels);
    }

    internal static RgbImage Plain(int width, int height, RgbColor color)
    {
        byte[] pixels = new byte[width * height * 3];
        for (int at = 0; at < pixels.Length; at += 3)
        {
            (pixels[at], pixels[at + 1], pixels[at + 2]) = (color.Red, color.Green, color.Blue);
        }
        return new RgbImage(width, height, pixels);
    }
}
