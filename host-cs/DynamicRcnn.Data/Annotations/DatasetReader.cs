namespace DynamicRcnn.Data;

/// <summary>Opens a data set from a folder or an annotation file.</summary>
public static class DatasetReader
{
    private const string Prefix = "instances_";

    /// <param name="path">A folder with <c>annotations/instances_SPLIT.json</c>, or such a file itself.</param>
    /// <param name="split">Which part, such as train or val; a file given directly needs none.</param>
    /// <exception cref="DataException">There is no such data set, or it cannot be used.</exception>
    public static Dataset Open(string path, string split)
    {
        if (File.Exists(path))
        {
            return CocoReader.Read(path, ImageFolder(Path.GetDirectoryName(Path.GetFullPath(path))!, split), split);
        }
        if (!Directory.Exists(path))
        {
            throw new DataException($"{path}: there is no such folder or file.");
        }
        string annotations = Path.Combine(path, "annotations");
        string file = Path.Combine(annotations, $"{Prefix}{split}.json");
        if (File.Exists(file))
        {
            return CocoReader.Read(file, ImageFolder(annotations, split), split);
        }
        IReadOnlyList<string> splits = Splits(path);
        throw new DataException(
            splits.Count > 0
                ? $"{path}: there is no split '{split}'; expected one of {string.Join(", ", splits)}."
                : $"{path}: no data set is recognised; expected {Path.Combine("annotations", $"{Prefix}{split}.json")} (COCO) in it."
        );
    }

    /// <summary>The splits that a folder has, in name order; none for a file or for a folder that is no data set.</summary>
    public static IReadOnlyList<string> Splits(string path)
    {
        string annotations = Path.Combine(path, "annotations");
        return Directory.Exists(annotations)
            ?
            [
                .. Directory
                    .EnumerateFiles(annotations, Prefix + "*.json")
                    .Select(found => Path.GetFileNameWithoutExtension(found)[Prefix.Length..])
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }

    /// <summary>Where the images of an annotation file lie: images/SPLIT, images, SPLIT, SPLIT2017 or the folder itself.</summary>
    private static string ImageFolder(string annotationFolder, string split)
    {
        string parent = Path.GetDirectoryName(annotationFolder) ?? annotationFolder;
        string[] candidates =
        [
            Path.Combine(parent, "images", split),
            Path.Combine(parent, "images"),
            Path.Combine(annotationFolder, "images"),
            Path.Combine(parent, split),
            Path.Combine(parent, split + "2017"),
        ];
        return candidates.FirstOrDefault(Directory.Exists) ?? annotationFolder;
    }
}
