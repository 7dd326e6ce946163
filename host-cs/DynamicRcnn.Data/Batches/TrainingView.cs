namespace DynamicRcnn.Data;

/// <summary>A part of the picture that an iteration makes: a window of an image, and where it comes to lie.</summary>
/// <param name="Image">Whose window.</param>
/// <param name="Window">Which.</param>
/// <param name="Left">Its first column in what is made.</param>
/// <param name="Top">Its first row.</param>
internal sealed record ViewPart(ImageRecord Image, Window Window, int Left, int Top);

/// <summary>How an iteration sees an image: which windows of which images, how they are turned, and the boxes there.</summary>
/// <param name="Parts">One, or the four of a mosaic.</param>
/// <param name="Size">Of the parts together, in network pixels before they are turned.</param>
/// <param name="Orientation">How all of it is turned.</param>
/// <param name="Record">
/// The image with the boxes of the view. Of a mosaic its pixels are the network's, otherwise those of the file; both as they are turned.
/// </param>
/// <param name="Boxes">What became of the boxes that train.</param>
internal sealed record TrainingView(
    IReadOnlyList<ViewPart> Parts,
    ImageSize Size,
    Orientation Orientation,
    ImageRecord Record,
    AugmentedBoxes Boxes
)
{
    /// <summary>The pixels, of the resampled pixels of each part.</summary>
    internal RgbImage Compose(IReadOnlyList<RgbImage> parts)
    {
        if (parts.Count == 1)
        {
            return Orientation.Turn(parts[0]);
        }
        byte[] pixels = GC.AllocateUninitializedArray<byte>(Size.Width * Size.Height * Resampler.Channels);
        foreach ((ViewPart part, RgbImage image) in Parts.Zip(parts))
        {
            int row = image.Width * Resampler.Channels;
            for (int y = 0; y < image.Height; y++)
            {
                int at = (((part.Top + y) * Size.Width) + part.Left) * Resampler.Channels;
                image.Pixels.AsSpan(y * row, row).CopyTo(pixels.AsSpan(at));
            }
        }
        return Orientation.Turn(new RgbImage(Size.Width, Size.Height, pixels));
    }
}

/// <summary>What augmentation does to the boxes that train.</summary>
/// <param name="Whole">They stay as they are, or are turned and scaled alone.</param>
/// <param name="Cut">A part of them stays.</param>
/// <param name="LeftOut">They lie outside, or too little of them stays.</param>
public readonly record struct AugmentedBoxes(int Whole, int Cut, int LeftOut)
{
    /// <summary>Both together.</summary>
    public static AugmentedBoxes operator +(AugmentedBoxes one, AugmentedBoxes other) => one.Add(other);

    /// <summary>With those of another picture.</summary>
    public AugmentedBoxes Add(AugmentedBoxes other) =>
        new(Whole + other.Whole, Cut + other.Cut, LeftOut + other.LeftOut);
}
