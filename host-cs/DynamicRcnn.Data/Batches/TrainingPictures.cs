using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace DynamicRcnn.Data;

/// <summary>
/// The pictures of a training as its iterations see them: decoded, augmented, resampled. An image that cannot be decoded gives its place to the
/// next one of the data set and becomes a finding. Any thread may call it.
/// </summary>
/// <param name="images">That are trained on, at least one.</param>
/// <param name="maker">Draws and makes what a batch holds.</param>
/// <param name="cacheBytes">Of pixels that are kept at most.</param>
/// <param name="strict">Whether an image that cannot be decoded ends the run.</param>
internal sealed class TrainingPictures(
    ImmutableArray<ImageRecord> images,
    BatchMaker maker,
    long cacheBytes,
    bool strict
) : IDisposable
{
    private readonly ImageCache cache = new(cacheBytes);
    private readonly ConcurrentDictionary<long, Finding> findings = new();

    /// <summary>What was found wrong so far, one finding an image.</summary>
    internal IReadOnlyList<Finding> Findings => [.. findings.Values];

    /// <summary>Bytes of the pixels that are kept.</summary>
    internal long CachedBytes => cache.Bytes;

    /// <inheritdoc/>
    public void Dispose() => cache.Dispose();

    /// <summary>What an iteration makes of the image at a place, or of the first decodable one after it.</summary>
    /// <param name="place">In the list of images.</param>
    /// <param name="iteration">From 1, or <see cref="CounterRandom.When"/> of a further copy.</param>
    /// <exception cref="DataException">No image can be decoded, or one cannot and that ends the run.</exception>
    internal BatchMaker.Prepared At(int place, long iteration)
    {
        // Each round that fails has one more image that is left out.
        while (true)
        {
            TrainingView view = maker.View(Usable(place), unit => Usable((int)(unit * images.Length)), iteration);
            List<RgbImage> parts = [];
            foreach (ViewPart part in view.Parts)
            {
                if (Pixels(part) is not { } pixels)
                {
                    break;
                }
                parts.Add(pixels);
            }
            if (parts.Count == view.Parts.Count)
            {
                return maker.ForTraining(view.Record, view.Compose(parts), iteration);
            }
        }
    }

    private ImageRecord Usable(int place)
    {
        for (int tries = 0; tries < images.Length; tries++)
        {
            ImageRecord image = images[(place + tries) % images.Length];
            if (!findings.ContainsKey(image.Id))
            {
                return image;
            }
        }
        throw new DataException(
            $"no image of the training split can be decoded; the first: {findings[images[0].Id].Message}"
        );
    }

    private RgbImage? Pixels(ViewPart part)
    {
        try
        {
            return Resampled(part.Image, part.Window);
        }
        catch (ImageException error)
        {
            Report(part.Image, FindingKind.UndecodableImage, error.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>A window of an image at its size, or null where the image's own is not the stated one. Whole images at a size that comes again are worth keeping.</summary>
    private RgbImage? Resampled(ImageRecord image, Window window)
    {
        ImageKey key = new(image.Path, new ImageSize(image.Width, image.Height), window.Size);
        bool isKept = window.IsWhole(image) && maker.ComesAgain(image, window.Size);
        if (isKept && cache.Find(key) is { } kept)
        {
            return kept;
        }
        RgbImage decoded = image.Decode();
        if (image.Mismatch(decoded) is { } mismatch)
        {
            Report(image, FindingKind.SizeMismatch, $"{image.Path}: {mismatch}");
            return null;
        }
        RgbImage resampled = maker.Resample(decoded, window);
        if (isKept)
        {
            cache.Keep(key, resampled);
        }
        return resampled;
    }

    private void Report(ImageRecord image, FindingKind kind, string cause)
    {
        Finding finding = new(kind, image.Path, $"{cause}.");
        if (strict)
        {
            throw new DataException(finding.Message);
        }
        findings.TryAdd(image.Id, finding);
    }
}
