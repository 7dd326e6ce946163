namespace DynamicRcnn.Data;

/// <summary>Draws on a copy of a picture. What lies outside the picture is clipped.</summary>
public sealed class Canvas
{
    private readonly int _width;
    private readonly int _height;
    private readonly byte[] _pixels;

    /// <summary>Begins with a copy of a picture.</summary>
    public Canvas(RgbImage image)
    {
        _width = image.Width;
        _height = image.Height;
        _pixels = (byte[])image.Pixels.Clone();
    }

    /// <summary>Pixels from one line of text's top to its bottom, at a scale.</summary>
    public static int TextHeight(int scale) => LabelFont.GlyphHeight * scale;

    /// <summary>Pixels that a text takes from left to right, at a scale.</summary>
    public static int TextWidth(string text, int scale) =>
        text.Length == 0 ? 0 : ((text.Length * LabelFont.Advance) - 1) * scale;

    /// <summary>A copy of what is drawn so far.</summary>
    public RgbImage ToImage() => new(_width, _height, (byte[])_pixels.Clone());

    /// <summary>Fills the columns left to right - 1 and the rows top to bottom - 1.</summary>
    public void FillRectangle(int left, int top, int right, int bottom, RgbColor color)
    {
        int begin = Math.Max(left, 0);
        int end = Math.Min(right, _width);
        for (int y = Math.Max(top, 0); y < Math.Min(bottom, _height); y++)
        {
            for (int x = begin; x < end; x++)
            {
                Set(x, y, color);
            }
        }
    }

    /// <summary>Outlines the same area as <see cref="FillRectangle"/>; the line grows inwards.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="right">Column behind the last.</param>
    /// <param name="bottom">Row behind the last.</param>
    /// <param name="color">The line's colour.</param>
    /// <param name="thickness">Pixels, at least 1.</param>
    public void DrawRectangle(int left, int top, int right, int bottom, RgbColor color, int thickness = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(thickness, 1);
        int line = Math.Min(thickness, Math.Min(right - left, bottom - top));
        FillRectangle(left, top, right, top + line, color);
        FillRectangle(left, bottom - line, right, bottom, color);
        FillRectangle(left, top + line, left + line, bottom - line, color);
        FillRectangle(right - line, top + line, right, bottom - line, color);
    }

    /// <summary>Draws one line of printable ASCII; other characters become question marks.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="text">The text.</param>
    /// <param name="color">Its colour; what is between the strokes stays.</param>
    /// <param name="scale">Pixels of a font point, at least 1.</param>
    public void DrawText(int left, int top, string text, RgbColor color, int scale = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        for (int i = 0; i < text.Length; i++)
        {
            int glyphLeft = left + (i * LabelFont.Advance * scale);
            for (int row = 0; row < LabelFont.GlyphHeight; row++)
            {
                for (int column = 0; column < LabelFont.GlyphWidth; column++)
                {
                    if (LabelFont.HasInk(text[i], column, row))
                    {
                        int x = glyphLeft + (column * scale);
                        int y = top + (row * scale);
                        FillRectangle(x, y, x + scale, y + scale, color);
                    }
                }
            }
        }
    }

    private void Set(int x, int y, RgbColor color)
    {
        Span<byte> pixel = _pixels.AsSpan(((y * _width) + x) * 3, 3);
        pixel[0] = color.Red;
        pixel[1] = color.Green;
        pixel[2] = color.Blue;
    }
}
