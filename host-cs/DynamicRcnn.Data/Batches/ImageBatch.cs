namespace DynamicRcnn.Data;

/// <summary>One image of a batch as the network sees it.</summary>
/// <param name="Image">The image and its boxes in the file's pixels.</param>
/// <param name="Height">Network pixels, without padding.</param>
/// <param name="Width">Network pixels, without padding.</param>
/// <param name="ScaleX">Network pixels of one original pixel.</param>
/// <param name="ScaleY">Network pixels of one original pixel.</param>
/// <param name="Flipped">Mirrored left to right.</param>
/// <param name="Boxes">x1, y1, x2, y2 of each box in network pixels; crowds are left out.</param>
/// <param name="Labels">One for each box, from 0.</param>
public sealed record BatchItem(
    ImageRecord Image,
    int Height,
    int Width,
    double ScaleX,
    double ScaleY,
    bool Flipped,
    float[] Boxes,
    int[] Labels
);

/// <summary>Images of one forward pass, normalised and padded to one size on the right and at the bottom.</summary>
/// <param name="Height">Rows of every image.</param>
/// <param name="Width">Columns of every image.</param>
/// <param name="Pixels">[N, 3, Height, Width] float32.</param>
/// <param name="Items">The N images.</param>
public sealed record ImageBatch(int Height, int Width, ReadOnlyMemory<float> Pixels, IReadOnlyList<BatchItem> Items)
{
    /// <summary>The same images at another padded size, at least that of the largest.</summary>
    public ImageBatch PaddedTo(int height, int width)
    {
        if (height == Height && width == Width)
        {
            return this;
        }
        float[] pixels = new float[3L * height * width * Items.Count];
        ReadOnlySpan<float> from = Pixels.Span;
        int columns = Math.Min(width, Width);
        for (int plane = 0; plane < 3 * Items.Count; plane++)
        {
            for (int row = 0; row < Math.Min(height, Height); row++)
            {
                from.Slice(((plane * Height) + row) * Width, columns)
                    .CopyTo(pixels.AsSpan(((plane * height) + row) * width));
            }
        }
        return new ImageBatch(height, width, pixels, Items);
    }
}
