using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>
/// Draws how an iteration sees an image: crop, scale, turn, mosaic. A pure function of (seed, iteration, image); where all of it is off, the
/// image as it is.
/// </summary>
/// <param name="data">What is on, and how strongly.</param>
/// <param name="sizeOf">The size that an image has in an iteration without jitter.</param>
/// <param name="trains">Whether a box trains.</param>
/// <param name="seed">The run's.</param>
/// <param name="lastMosaic">The last iteration that makes mosaics.</param>
internal sealed class Augmentation(
    DataConfig data,
    Func<ImageRecord, long, ImageSize> sizeOf,
    Func<GroundTruthBox, bool> trains,
    long seed,
    long lastMosaic
)
{
    // The corner that four pictures share lies in the middle third, and none is shown at less than half its size.
    private const double NearestCentre = 1.0 / 3;
    private const double LeastScale = 0.5;
    private const int QuartersOfMosaic = 4;

    /// <param name="image">The one whose turn it is.</param>
    /// <param name="pick">Gives a further image for a number from 0 to below 1.</param>
    /// <param name="iteration">From 1, or <see cref="CounterRandom.When"/> of a further copy.</param>
    internal TrainingView View(ImageRecord image, Func<double, ImageRecord> pick, long iteration)
    {
        ImageSize size = sizeOf(image, iteration);
        Orientation orientation = Turn(image.Id, iteration);
        return IsMosaic(image.Id, iteration, size)
            ? Mosaic(image, pick, iteration, size, orientation)
            : Single(image, iteration, size, orientation);
    }

    private double Unit(long iteration, long id, Purpose purpose) => CounterRandom.Unit(seed, iteration, id, purpose);

    private double Unit(long iteration, long id, int part, PartDraw draw) =>
        Unit(iteration, id, Purpose.Parts + (part * Enum.GetValues<PartDraw>().Length) + (int)draw);

    private Orientation Turn(long id, long iteration)
    {
        const int kinds = 3;
        double turn = Unit(iteration, id, Purpose.QuarterTurn);
        // A drawn number below the probability is one that is even below it, so it also says which turn.
        Orientation orientation =
            turn >= data.QuarterTurnProbability
                ? Orientation.Upright
                : (int)(turn / data.QuarterTurnProbability * kinds) switch
                {
                    0 => new Orientation(Transposed: true, MirroredX: true, MirroredY: false),
                    1 => new Orientation(Transposed: false, MirroredX: true, MirroredY: true),
                    _ => new Orientation(Transposed: true, MirroredX: false, MirroredY: true),
                };
        bool flipped = Unit(iteration, id, Purpose.VerticalFlip) < data.VerticalFlipProbability;
        return orientation with { MirroredY = orientation.MirroredY != flipped };
    }

    private bool IsMosaic(long id, long iteration, ImageSize size) =>
        CounterRandom.IterationOf(iteration) <= lastMosaic
        && Math.Min(size.Width, size.Height) > 1
        && Unit(iteration, id, Purpose.Mosaic) < data.Mosaic;

    private TrainingView Single(ImageRecord image, long iteration, ImageSize size, Orientation orientation)
    {
        double factor = Math.Pow(1 + data.ScaleJitter, (2 * Unit(iteration, image.Id, Purpose.Jitter)) - 1);
        (int width, int outWidth) = Length(image.Width, size.Width, factor, Purpose.CropWidth);
        (int height, int outHeight) = Length(image.Height, size.Height, factor, Purpose.CropHeight);
        ImageSize target = new(outWidth, outHeight);
        if (width == image.Width && height == image.Height && orientation == Orientation.Upright)
        {
            ViewPart whole = new(image, Window.Whole(image, target), 0, 0);
            return new([whole], target, orientation, image, new(image.Boxes.Count(trains), 0, 0));
        }
        (Window window, GroundTruthBox? kept) = Place(image, width, height, target, image.Id, part: 0, iteration);
        (List<GroundTruthBox> boxes, AugmentedBoxes fate) = Inside(image, window, kept);
        ImageSize original = new(width, height);
        return new(
            [new ViewPart(image, window, 0, 0)],
            target,
            orientation,
            Turned(image, boxes, original, orientation),
            fate
        );

        // What of a side is seen, and to how many pixels: scaled as the whole side, and at most as many as it has without jitter.
        (int Length, int Pixels) Length(int side, int pixels, double by, Purpose crop)
        {
            double seen = side * (1 - (data.Crop * Unit(iteration, image.Id, crop)));
            int length = Math.Clamp((int)Math.Round(Math.Min(seen, side / by)), 1, side);
            return (length, Math.Clamp((int)Math.Round(length * by * pixels / side), 1, pixels));
        }
    }

    private TrainingView Mosaic(
        ImageRecord image,
        Func<double, ImageRecord> pick,
        long iteration,
        ImageSize size,
        Orientation orientation
    )
    {
        int across = Centre(size.Width, Purpose.MosaicCentreX);
        int down = Centre(size.Height, Purpose.MosaicCentreY);
        List<ViewPart> parts = [];
        List<GroundTruthBox> boxes = [];
        AugmentedBoxes fates = default;
        for (int part = 0; part < QuartersOfMosaic; part++)
        {
            ImageRecord shown = part == 0 ? image : pick(Unit(iteration, image.Id, part, PartDraw.Image));
            int left = part % 2 == 0 ? 0 : across;
            int top = part / 2 == 0 ? 0 : down;
            ImageSize quarter = new(left == 0 ? across : size.Width - across, top == 0 ? down : size.Height - down);
            ImageSize own = sizeOf(shown, iteration);
            double drawn = LeastScale + ((1 - LeastScale) * Unit(iteration, image.Id, part, PartDraw.Scale));
            // A quarter is always filled.
            double covering = Math.Max((double)quarter.Width / own.Width, (double)quarter.Height / own.Height);
            double scale = Math.Max(drawn, covering);
            int width = Seen(shown.Width, quarter.Width / scale / own.Width);
            int height = Seen(shown.Height, quarter.Height / scale / own.Height);
            (Window window, GroundTruthBox? kept) = Place(shown, width, height, quarter, image.Id, part, iteration);
            (List<GroundTruthBox> inside, AugmentedBoxes fate) = Inside(shown, window, kept);
            parts.Add(new ViewPart(shown, window, left, top));
            float scaleX = (float)quarter.Width / width;
            float scaleY = (float)quarter.Height / height;
            boxes.AddRange(
                inside.Select(box =>
                    box with
                    {
                        X1 = left + (box.X1 * scaleX),
                        Y1 = top + (box.Y1 * scaleY),
                        X2 = left + (box.X2 * scaleX),
                        Y2 = top + (box.Y2 * scaleY),
                        Area = box.Area * scaleX * scaleY,
                    }
                )
            );
            fates += fate;
        }
        return new(parts, size, orientation, Turned(image, boxes, size, orientation), fates);

        int Centre(int side, Purpose purpose)
        {
            double at = NearestCentre + ((1 - (2 * NearestCentre)) * Unit(iteration, image.Id, purpose));
            return Math.Clamp((int)(side * at), 1, side - 1);
        }

        static int Seen(int side, double share) => Math.Clamp((int)Math.Round(side * share), 1, side);
    }

    /// <summary>Places a window on an image so that one drawn box stays in it.</summary>
    private (Window Window, GroundTruthBox? Kept) Place(
        ImageRecord image,
        int width,
        int height,
        ImageSize size,
        long id,
        int part,
        long iteration
    )
    {
        GroundTruthBox[] boxes = [.. image.Boxes.Where(trains)];
        double left = Unit(iteration, id, part, PartDraw.Left);
        double top = Unit(iteration, id, part, PartDraw.Top);
        if (boxes.Length == 0)
        {
            int anyLeft = (int)(left * (image.Width - width + 1));
            int anyTop = (int)(top * (image.Height - height + 1));
            return (new Window(anyLeft, anyTop, width, height, size), null);
        }
        GroundTruthBox kept = boxes[(int)(Unit(iteration, id, part, PartDraw.KeptBox) * boxes.Length)];
        int fromLeft = Window.Start(kept.X1, kept.X2, width, image.Width, left);
        int fromTop = Window.Start(kept.Y1, kept.Y2, height, image.Height, top);
        return (new Window(fromLeft, fromTop, width, height, size), kept);
    }

    /// <summary>The boxes that a window keeps. Crowds do not train, so that any part of them stays.</summary>
    private (List<GroundTruthBox> Boxes, AugmentedBoxes Fate) Inside(
        ImageRecord image,
        Window window,
        GroundTruthBox? kept
    )
    {
        List<GroundTruthBox> boxes = [];
        AugmentedBoxes fate = default;
        foreach (GroundTruthBox box in image.Boxes)
        {
            (GroundTruthBox cut, double share) = window.Cut(box);
            bool stays = share >= data.MinimumVisible || box == kept || box.Crowd;
            if (stays && share > 0)
            {
                boxes.Add(cut);
            }
            if (trains(box))
            {
                fate +=
                    share >= 1 ? new AugmentedBoxes(1, 0, 0)
                    : stays && share > 0 ? new AugmentedBoxes(0, 1, 0)
                    : new AugmentedBoxes(0, 0, 1);
            }
        }
        return (boxes, fate);
    }

    private static ImageRecord Turned(
        ImageRecord image,
        List<GroundTruthBox> boxes,
        ImageSize size,
        Orientation orientation
    )
    {
        ImageSize turned = orientation.Turn(size);
        return image with
        {
            Width = turned.Width,
            Height = turned.Height,
            Boxes = [.. boxes.Select(box => orientation.Turn(box, size))],
        };
    }
}
