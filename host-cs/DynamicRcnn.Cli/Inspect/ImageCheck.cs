using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Decodes every image of a data set, as a training run will.</summary>
internal static class ImageCheck
{
    /// <summary>What is wrong, in the data set's order.</summary>
    public static IReadOnlyList<Finding> Run(Dataset dataset) =>
        [.. dataset.Images.AsParallel().AsOrdered().Select(Check).OfType<Finding>()];

    private static Finding? Check(ImageRecord image)
    {
        try
        {
            return image.Mismatch(image.Decode()) is { } mismatch
                    ? new Finding(FindingKind.SizeMismatch, image.Path, $"{image.Path} {mismatch}.")
                : JpegEnd.Oddity(image.Path) is { } oddity
                    ? new Finding(FindingKind.JpegEnd, image.Path, $"{image.Path}: {oddity}; the image is read.")
                : null;
        }
        catch (ImageException error)
        {
            return new Finding(FindingKind.UndecodableImage, image.Path, error.Message);
        }
    }
}
