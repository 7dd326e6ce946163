using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>Turns images into batches: augment, resize, change the light, decide on the flip, pad. A pure function of its arguments.</summary>
internal sealed class BatchMaker
{
    private readonly DataConfig data;
    private readonly BackboneConfig backbone;
    private readonly Conventions conventions;
    private readonly long seed;
    private readonly Augmentation augmentation;

    internal BatchMaker(
        DataConfig data,
        BackboneConfig backbone,
        Conventions conventions,
        long seed,
        long lastMosaic = long.MaxValue
    )
    {
        this.data = data;
        this.backbone = backbone;
        this.conventions = conventions;
        this.seed = seed;
        augmentation = new Augmentation(data, TrainingSize, Trains, seed, lastMosaic);
    }

    /// <summary>A resized image and what is to be done with it.</summary>
    internal sealed record Prepared(RgbImage Pixels, BatchItem Item);

    /// <summary>The size that an image has in an iteration of the training.</summary>
    internal ImageSize TrainingSize(ImageRecord image, long iteration)
    {
        double draw = CounterRandom.Unit(seed, iteration, image.Id, Purpose.ShortSide);
        int shortSide = data.ShortSides[(int)(draw * data.ShortSides.Length)];
        return TargetSize.Of(data.ResizeRule, image.Width, image.Height, shortSide, data.MaxSide);
    }

    /// <summary>Whether a size is one that an image has without augmentation, so that it comes again.</summary>
    internal bool ComesAgain(ImageRecord image, ImageSize size) =>
        data.ShortSides.Any(side =>
            TargetSize.Of(data.ResizeRule, image.Width, image.Height, side, data.MaxSide) == size
        );

    /// <inheritdoc cref="Augmentation.View"/>
    internal TrainingView View(ImageRecord image, Func<double, ImageRecord> pick, long iteration) =>
        augmentation.View(image, pick, iteration);

    internal RgbImage Resample(RgbImage decoded, Window window)
    {
        bool isWhole = window.Width == decoded.Width && window.Height == decoded.Height;
        RgbImage part = isWhole ? decoded : decoded.Part(window.Left, window.Top, window.Width, window.Height);
        return Resize(part, window.Size);
    }

    private RgbImage Resize(RgbImage decoded, ImageSize target) => Resampler.Resize(decoded, target, data.Resampling);

    /// <summary>Draws flip and light.</summary>
    /// <param name="image">As the iteration sees it.</param>
    /// <param name="resized">Its pixels; they are not written to.</param>
    /// <param name="iteration">From 1, or <see cref="CounterRandom.When"/> of a further copy.</param>
    internal Prepared ForTraining(ImageRecord image, RgbImage resized, long iteration)
    {
        bool flip = CounterRandom.Unit(seed, iteration, image.Id, Purpose.Flip) < data.FlipProbability;
        PhotometricFactors light = PhotometricFactors.Draw(data, seed, iteration, image.Id);
        return Prepare(image, new ImageSize(image.Width, image.Height), Photometric.Apply(resized, light), flip);
    }

    internal Prepared ForEvaluation(ImageRecord image, RgbImage decoded, TestPass pass)
    {
        ImageSize target = pass.Size(data.ResizeRule, decoded.Width, decoded.Height);
        return Prepare(image, new ImageSize(decoded.Width, decoded.Height), Resize(decoded, target), pass.Flipped);
    }

    /// <summary>
    /// Whether a box trains: no crowd, and its sides are positive in the convention of widths. The authors' code leaves out what is at most a
    /// pixel wide or high, whose sides it would count as zero or less.
    /// </summary>
    internal bool Trains(GroundTruthBox box) =>
        !box.Crowd && HasArea(box) && Math.Min(box.X2 - box.X1, box.Y2 - box.Y1) >= data.MinimumBoxSide;

    /// <summary>Whether a box keeps its image in the training where images without boxes are left out.</summary>
    internal bool KeepsImage(GroundTruthBox box) => data.CrowdsKeepImages ? HasArea(box) : Trains(box);

    private bool HasArea(GroundTruthBox box) =>
        box.X2 - conventions.BoxOffset > box.X1 && box.Y2 - conventions.BoxOffset > box.Y1;

    /// <summary>The size that an image has in a batch of its own.</summary>
    internal ImageSize PaddedSize(RgbImage decoded, TestPass pass)
    {
        ImageSize target = pass.Size(data.ResizeRule, decoded.Width, decoded.Height);
        return new ImageSize(RoundedUp(target.Width), RoundedUp(target.Height));
    }

    internal ImageBatch Pad(IReadOnlyList<Prepared> images)
    {
        int height = RoundedUp(images.Max(image => image.Item.Height));
        int width = RoundedUp(images.Max(image => image.Item.Width));
        long values = 3L * height * width * images.Count;
        if (values > Array.MaxLength)
        {
            throw new DataException(
                $"A batch of {images.Count} images of {width} x {height} pixels is too large; lower data.maxSide, data.shortSides or data.imagesPerStep."
            );
        }
        return new ImageBatch(
            height,
            width,
            [.. images.Select(image => image.Pixels)],
            [.. images.Select(image => image.Item)],
            backbone
        );
    }

    private int RoundedUp(int side) => (side + data.PadMultiple - 1) / data.PadMultiple * data.PadMultiple;

    private Prepared Prepare(ImageRecord image, ImageSize original, RgbImage resized, bool flip)
    {
        double scaleX = (double)resized.Width / original.Width;
        double scaleY = (double)resized.Height / original.Height;
        GroundTruthBox[] boxes = [.. image.Boxes.Where(Trains)];
        float[] corners = new float[4 * boxes.Length];
        for (int i = 0; i < boxes.Length; i++)
        {
            float x1 = (float)(boxes[i].X1 * scaleX);
            float x2 = (float)((boxes[i].X2 - conventions.BoxOffset) * scaleX);
            // A mirrored left edge is a right edge; the legacy convention counts the last pixel, not the border behind it.
            corners[4 * i] = flip ? resized.Width - x2 - conventions.BoxOffset : x1;
            corners[(4 * i) + 1] = (float)(boxes[i].Y1 * scaleY);
            corners[(4 * i) + 2] = flip ? resized.Width - x1 - conventions.BoxOffset : x2;
            corners[(4 * i) + 3] = (float)((boxes[i].Y2 - conventions.BoxOffset) * scaleY);
        }
        BatchItem item = new(
            image,
            resized.Height,
            resized.Width,
            scaleX,
            scaleY,
            flip,
            corners,
            [.. boxes.Select(box => box.Label)]
        );
        return new Prepared(resized, item);
    }
}
