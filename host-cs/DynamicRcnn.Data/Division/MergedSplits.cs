namespace DynamicRcnn.Data;

/// <summary>All splits of a data set as one.</summary>
internal static class MergedSplits
{
    /// <summary>
    /// The images of all splits, each file once, with classes in one list and ids from 1; those of a single split keep their ids.
    /// </summary>
    /// <param name="splits">At least one.</param>
    /// <returns>The whole, and how many images were there again in another split.</returns>
    internal static (Dataset Whole, int Repeated) Of(IReadOnlyList<Dataset> splits)
    {
        IReadOnlyList<Dataset> common = CommonClasses.Of(splits);
        if (common is [var only])
        {
            return (only, 0);
        }
        HashSet<string> files = new(StringComparer.Ordinal);
        List<ImageRecord> images = [];
        int repeated = 0;
        long id = 0;
        foreach (Dataset split in common)
        {
            // One file may be two images of a split; of two splits it is one image.
            ImageRecord[] own = [.. split.Images.Where(image => !files.Contains(Path.GetFullPath(image.Path)))];
            repeated += split.Images.Count - own.Length;
            files.UnionWith(own.Select(image => Path.GetFullPath(image.Path)));
            foreach (ImageRecord image in own)
            {
                images.Add(
                    image with
                    {
                        Id = images.Count + 1,
                        Boxes = [.. image.Boxes.Select(box => box with { AnnotationId = ++id })],
                    }
                );
            }
        }
        return (common[0] with { Split = DatasetLayout.Whole, Images = images }, repeated);
    }
}
