namespace DynamicRcnn.Data.Demo;

/// <summary>Mistakes as labellers make them, in labels that are exact.</summary>
internal static class DemoLabelNoise
{
    private const int Stream = 2; // behind those of the two splits
    private const double LargestShift = 0.25;

    /// <summary>The labels of an image with their mistakes; a pure function of (seed, index), the image stays the same.</summary>
    /// <param name="drawn">The image and its exact labels.</param>
    /// <param name="share">
    /// Probability that a label is missing, that it has another class, and that it is badly placed: each of its sides off by up to
    /// a quarter of the box, in the image. At most one of them meets a label.
    /// </param>
    /// <param name="seed">Of the data set.</param>
    /// <param name="index">Of the image.</param>
    public static IReadOnlyList<DemoBox> Of(DemoImage drawn, double share, int seed, int index)
    {
        if (share == 0)
        {
            return drawn.Boxes;
        }

        var random = new DemoRandom(seed, Stream, index);
        var labels = new List<DemoBox>(drawn.Boxes.Count);
        foreach (DemoBox box in drawn.Boxes)
        {
            double lot = random.Unit();
            if (lot < share)
            {
                continue;
            }

            labels.Add(
                lot < 2 * share ? box with { Kind = Other(box.Kind, random) }
                : lot < 3 * share ? Moved(box, drawn.Image, random)
                : box
            );
        }

        return labels;
    }

    private static DemoShapeKind Other(DemoShapeKind kind, DemoRandom random)
    {
        int classes = DemoImages.ClassNames.Count;
        return (DemoShapeKind)(((int)kind + random.Whole(1, classes - 1)) % classes);
    }

    private static DemoBox Moved(DemoBox box, RgbImage image, DemoRandom random)
    {
        double width = LargestShift * (box.X2 - box.X1);
        double height = LargestShift * (box.Y2 - box.Y1);
        DemoBox moved = box with
        {
            X1 = Math.Max(0, box.X1 + random.Between(-width, width)),
            Y1 = Math.Max(0, box.Y1 + random.Between(-height, height)),
            X2 = Math.Min(image.Width, box.X2 + random.Between(-width, width)),
            Y2 = Math.Min(image.Height, box.Y2 + random.Between(-height, height)),
        };
        return moved with { Area = (int)Math.Round((moved.X2 - moved.X1) * (moved.Y2 - moved.Y1)) };
    }
}
