namespace DynamicRcnn.Data;

/// <summary>Decodes an image of a data set as a training run will.</summary>
internal static class ImageCheck
{
    /// <returns>The picture, or why it is lost.</returns>
    internal static (RgbImage? Pixels, Finding? Problem) Decode(ImageRecord image)
    {
        try
        {
            RgbImage pixels = image.Decode();
            return image.Mismatch(pixels) is { } mismatch
                ? (null, new Finding(FindingKind.SizeMismatch, image.Path, $"{image.Path} {mismatch}."))
                : (pixels, null);
        }
        catch (ImageException error)
        {
            return (null, new Finding(FindingKind.UndecodableImage, image.Path, error.Message));
        }
    }
}
