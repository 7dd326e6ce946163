using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>An image in memory.</summary>
/// <param name="Record">Its size and boxes.</param>
/// <param name="Pixels">Decoded, at the size of the file.</param>
internal sealed record BenchImage(ImageRecord Record, RgbImage Pixels);

/// <summary>Decodes what a benchmark works on: the first images that have boxes, so that every run and every program has the same.</summary>
internal static class BenchImages
{
    private const int LeastImages = 8;
    private const int Batches = 4;

    /// <param name="dataset">The split.</param>
    /// <param name="batch">Images of a step.</param>
    /// <returns>The first 8 images, or as many as four batches have; fewer where there are no more.</returns>
    /// <exception cref="DataException">There is not one batch of images with boxes, or one has another size than is stated.</exception>
    /// <exception cref="ImageException">One cannot be decoded.</exception>
    public static BenchImage[] Read(Dataset dataset, int batch)
    {
        ImageRecord[] chosen =
        [
            .. dataset
                .Images.Where(image => image.Boxes.Any(box => !box.Crowd))
                .Take(Math.Max(LeastImages, Batches * batch)),
        ];
        return chosen.Length >= batch
            ? Array.ConvertAll(chosen, Read)
            : throw new DataException(
                $"{dataset.Name}, split '{dataset.Split}': {chosen.Length} images have boxes, expected at least the {batch} of a step"
            );
    }

    private static BenchImage Read(ImageRecord image)
    {
        RgbImage decoded = image.Decode();
        return image.Mismatch(decoded) is { } mismatch
            ? throw new DataException($"{image.Path}: {mismatch}")
            : new BenchImage(image, decoded);
    }
}
