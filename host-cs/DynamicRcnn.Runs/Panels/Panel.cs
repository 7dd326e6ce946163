using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>
/// A fixed set of validation images, chosen when the run starts and kept in its folder as small copies with their ground truth, so that a
/// report needs no data set.
/// </summary>
/// <param name="Classes">Names in the order of the labels.</param>
/// <param name="Images">Evenly spaced over the split.</param>
public sealed record Panel(IReadOnlyList<string> Classes, IReadOnlyList<PanelImage> Images)
{
    private const int LongSide = 480;
    private const int Quality = 80;

    /// <summary>No images.</summary>
    public static Panel Empty { get; } = new([], []);

    /// <summary>The ids of the images in the data set.</summary>
    public IReadOnlySet<long> ImageIds { get; } = Images.Select(image => image.Id).ToHashSet();

    /// <summary>The panel that the run has already, or a new one, written to its folder.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="split">The validation split.</param>
    /// <param name="count">Images at most; those that cannot be decoded are left out.</param>
    /// <exception cref="RunException">The panel in the folder is damaged.</exception>
    internal static Panel OfRun(RunFolder folder, Dataset split, int count)
    {
        if (count == 0)
        {
            return Empty;
        }
        if (PanelJson.Read(folder) is { } known)
        {
            return known;
        }
        Directory.CreateDirectory(folder.PanelFolder);
        List<PanelImage> images = [];
        foreach (ImageRecord image in Spread(split.Images, count))
        {
            if (Copy(folder, image, $"{images.Count:D2}.jpg") is { } written)
            {
                images.Add(written);
            }
        }
        Panel panel = new([.. split.Classes.Select(name => name.Name)], images);
        PanelJson.Write(folder, panel);
        return panel;
    }

    private static IEnumerable<ImageRecord> Spread(IReadOnlyList<ImageRecord> images, int count)
    {
        int taken = Math.Min(count, images.Count);
        return Enumerable.Range(0, taken).Select(place => images[(int)((place + 0.5) * images.Count / taken)]);
    }

    // An image that cannot be decoded or has another size than stated is left out here as it is in the evaluation, which says so.
    private static PanelImage? Copy(RunFolder folder, ImageRecord image, string picture)
    {
        RgbImage decoded;
        try
        {
            decoded = image.Decode();
        }
        catch (ImageException)
        {
            return null;
        }
        if (image.Mismatch(decoded) is not null)
        {
            return null;
        }
        RgbImage small = Thumbnail.Of(decoded, LongSide);
        byte[] jpeg = ImageCodec.EncodeJpeg(small, Quality);
        AtomicFile.Write(Path.Combine(folder.PanelFolder, picture), stream => stream.Write(jpeg));
        return new PanelImage(
            image.Id,
            image.FileName,
            new ImageSize(image.Width, image.Height),
            new ImageSize(small.Width, small.Height),
            picture,
            [.. image.Boxes.Select(box => new PanelTruth(box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Crowd))]
        );
    }
}
