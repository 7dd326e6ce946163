namespace DynamicRcnn.Data;

/// <summary>Recognises COCO: <c>annotations/instances_SPLIT.json</c> with images beside, or such a file itself.</summary>
internal static class CocoLayout
{
    private const string Prefix = "instances_";

    internal static DatasetLayout? Recognise(string folder)
    {
        string annotations = Path.Combine(folder, "annotations");
        string[] splits = Directory.Exists(annotations)
            ?
            [
                .. Directory
                    .EnumerateFiles(annotations, Prefix + "*.json")
                    .Select(found => Path.GetFileNameWithoutExtension(found)[Prefix.Length..])
                    .Order(StringComparer.Ordinal),
            ]
            : [];
        return splits.Length == 0
            ? null
            : new DatasetLayout(
                splits,
                split =>
                    CocoReader.Read(
                        Path.Combine(annotations, $"{Prefix}{split}.json"),
                        ImageFolder(annotations, split),
                        split
                    )
            );
    }

    internal static DatasetLayout OfFile(string file) =>
        new(
            [],
            split => CocoReader.Read(file, ImageFolder(Path.GetDirectoryName(Path.GetFullPath(file))!, split), split)
        );

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
