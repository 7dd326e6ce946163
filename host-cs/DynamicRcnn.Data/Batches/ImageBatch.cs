using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>One image of a batch as the network sees it.</summary>
/// <param name="Image">The image and its boxes as an iteration sees them: in the file's pixels, or in those of a window or mosaic.</param>
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

/// <summary>
/// Images of one forward pass, and the size that all are padded to on the right and at the bottom. They are bytes until the device that computes
/// with them has them.
/// </summary>
/// <param name="Height">Rows of every padded image.</param>
/// <param name="Width">Columns of every padded image.</param>
/// <param name="Pixels">The N images at their network size, not yet mirrored.</param>
/// <param name="Items">What is known about each.</param>
/// <param name="Backbone">Whose channel order, mean and std they are normalised with.</param>
public sealed record ImageBatch(
    int Height,
    int Width,
    IReadOnlyList<RgbImage> Pixels,
    IReadOnlyList<BatchItem> Items,
    BackboneConfig Backbone
)
{
    /// <summary>The same images at another padded size, at least that of the largest.</summary>
    public ImageBatch PaddedTo(int height, int width) => this with { Height = height, Width = width };

    /// <summary>The picture at a place as the network sees it: mirrored where the item says so, with the light of its iteration.</summary>
    public RgbImage Picture(int place) =>
        new Orientation(Transposed: false, MirroredX: Items[place].Flipped, MirroredY: false).Turn(Pixels[place]);

    /// <summary>The images as the backbone's weights expect them: mirrored where the item says so, in its channel order, minus mean, over std.</summary>
    /// <returns>[N, 3, Height, Width], 0 in the padding.</returns>
    public float[] Normalised()
    {
        Normaliser normaliser = new(Backbone);
        int size = 3 * Height * Width;
        float[] planes = new float[(long)size * Items.Count];
        for (int i = 0; i < Items.Count; i++)
        {
            normaliser.Write(Pixels[i], Items[i].Flipped, planes.AsSpan(i * size, size), Height, Width);
        }
        return planes;
    }
}
