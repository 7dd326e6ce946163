namespace DynamicRcnn.Data;

/// <summary>
/// Recognises COCO: <c>annotations/instances_SPLIT.json</c>, also with a year, with images beside; <c>SPLIT/_annotations.coco.json</c>
/// beside the images; one file of an exporter, such as <c>result.json</c> or <c>labels.json</c>; or a file itself.
/// </summary>
internal static class CocoLayout
{
    private static readonly string[] imageNames = ["images", "data", "JPEGImages", "img", "imgs"];

    internal static DatasetLayout? Recognise(string folder)
    {
        IReadOnlyList<CocoFile> files = CocoFiles.Splits(folder);
        // The only file of a tool that calls a whole data set its default, or of one that has no splits.
        string? only =
            files.Count == 0 ? CocoFiles.Only(folder)
            : files is [{ } one] && !DatasetLayout.IsSplit(one.Split) ? one.File
            : null;
        if (only is not null)
        {
            return OfFile(folder, only);
        }
        return files.Count == 0
            ? null
            : new DatasetLayout(
                $"COCO: {string.Join(", ", files.Select(file => Path.GetRelativePath(folder, file.File)))}",
                [.. files.Select(file => file.Split)],
                split => Read(folder, files.First(file => file.Split == split))
            )
            {
                Aliases = files.DistinctBy(file => file.Name).ToDictionary(file => file.Name, file => file.Split),
            };
    }

    internal static DatasetLayout OfFile(string file)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        return OfFile(CocoFiles.IsAnnotationFolder(own) ? Path.GetDirectoryName(own) ?? own : own, file);
    }

    private static DatasetLayout OfFile(string folder, string file) =>
        new(
            $"COCO: {Path.GetRelativePath(folder, file)}",
            [],
            split => Read(folder, new CocoFile(split, CocoFiles.NameOf(file), file))
        );

    private static Dataset Read(string folder, CocoFile file) =>
        CocoReader.Read(file.File, new CocoPictures(folder, Candidates(folder, file)), file.Split);

    /// <summary>Where the images of an annotation file may lie: beside it, unless its folder is for annotations alone.</summary>
    private static IReadOnlyList<string> Candidates(string folder, CocoFile file)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(file.File))!;
        bool apart = CocoFiles.IsAnnotationFolder(own);
        string root = Path.GetFullPath(folder);
        string[] splits = [.. ((string[])[file.Name, file.Split]).Distinct(StringComparer.Ordinal)];
        string?[] places =
        [
            .. apart ? [] : Around(own, splits),
            .. Around(root, splits),
            .. apart ? [] : Around(Path.GetDirectoryName(own) ?? own, splits),
            own,
        ];
        return [.. places.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string?> Around(string folder, string[] splits)
    {
        string[] images = [.. imageNames.Select(name => FolderNames.Folder(folder, name)).OfType<string>()];
        return
        [
            .. images.SelectMany(found => splits.Select(split => FolderNames.Folder(found, split))),
            .. images,
            .. splits.Select(split => FolderNames.Folder(folder, split, split + "2017")),
            folder,
        ];
    }
}
