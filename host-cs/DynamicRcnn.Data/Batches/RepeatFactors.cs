namespace DynamicRcnn.Data;

/// <summary>
/// How often images with rare classes come in an epoch, by detectron2's formula (RepeatFactorTrainingSampler; Gupta, Dollar and Girshick
/// 2019): r(c) = max(1, sqrt(t / f(c))) for the share f(c) of the images that hold a class; an image's is the largest of its classes.
/// </summary>
public static class RepeatFactors
{
    /// <summary>r of each class that an image has, by its label. Crowds do not count.</summary>
    /// <param name="images">That are trained on.</param>
    /// <param name="threshold">t: a class that fewer images hold comes more often.</param>
    public static IReadOnlyDictionary<int, double> OfClasses(IReadOnlyList<ImageRecord> images, double threshold) =>
        images
            .SelectMany(Labels)
            .GroupBy(label => label)
            .ToDictionary(
                group => group.Key,
                group => Math.Max(1, Math.Sqrt(threshold / ((double)group.Count() / images.Count)))
            );

    /// <summary>r of each image; 1 without boxes.</summary>
    /// <inheritdoc cref="OfClasses"/>
    public static double[] OfImages(IReadOnlyList<ImageRecord> images, double threshold)
    {
        IReadOnlyDictionary<int, double> ofClasses = OfClasses(images, threshold);
        return [.. images.Select(image => Labels(image).Select(label => ofClasses[label]).DefaultIfEmpty(1).Max())];
    }

    private static IEnumerable<int> Labels(ImageRecord image) =>
        image.Boxes.Where(box => !box.Crowd).Select(box => box.Label).Distinct();
}
