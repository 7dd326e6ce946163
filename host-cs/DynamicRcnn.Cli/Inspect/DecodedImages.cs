using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>The images of a split, decoded as a training run will.</summary>
/// <param name="Findings">What is wrong, in the data set's order.</param>
/// <param name="Pictures">Each made small; null where it cannot be decoded.</param>
internal sealed record DecodedImages(IReadOnlyList<Finding> Findings, IReadOnlyList<SmallPicture?> Pictures)
{
    /// <summary>Decodes all images of a split.</summary>
    public static DecodedImages Of(Dataset dataset)
    {
        (SmallPicture? Small, Finding? Problem)[] seen = [.. dataset.Images.AsParallel().AsOrdered().Select(Look)];
        return new DecodedImages(
            [.. seen.Select(image => image.Problem).OfType<Finding>()],
            [.. seen.Select(image => image.Small)]
        );
    }

    private static (SmallPicture? Small, Finding? Problem) Look(ImageRecord image)
    {
        (RgbImage? pixels, Finding? problem) = ImageCheck.Decode(image);
        return pixels is null
            ? (null, problem)
            : (
                SmallPicture.Of(pixels),
                JpegEnd.Oddity(image.Path) is { } oddity
                    ? new Finding(FindingKind.JpegEnd, image.Path, $"{image.Path}: {oddity}; the image is read.")
                    : null
            );
    }
}
