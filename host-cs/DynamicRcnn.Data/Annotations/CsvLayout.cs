namespace DynamicRcnn.Data;

/// <summary>
/// Recognises tables of boxes: <c>SPLIT/_annotations.csv</c> beside the images, <c>SPLIT_labels.csv</c> or <c>SPLIT.csv</c>, one table of a
/// folder, or a file itself. The images lie beside the table, or in a folder of images beside it or one above.
/// </summary>
internal static class CsvLayout
{
    private static readonly string[] ownNames = ["_annotations.csv", "annotations.csv", "labels.csv"];
    private static readonly string[] endings = ["", "_labels", "_annotations", "-labels", "-annotations"];
    private static readonly string[] imageNames = ["images", "JPEGImages", "image", "img", "imgs", "data"];

    internal static DatasetLayout? Recognise(string folder)
    {
        (string Split, string File)[] files = [.. Splits(folder)];
        return files.Length > 0 ? Of(folder, files)
            : FolderNames.File(folder, ownNames) is { } only ? OfFile(only)
            : null;
    }

    internal static DatasetLayout OfFile(string file) =>
        Of(Path.GetDirectoryName(Path.GetFullPath(file))!, [(DatasetLayout.Whole, file)]);

    private static IEnumerable<(string Split, string File)> Splits(string folder)
    {
        (string Name, string? File)[] found =
        [
            .. DatasetLayout
                .SplitFolders.Select(name =>
                    (
                        name,
                        FolderNames.File(folder, endings.Select(ending => name + ending + CsvTable.Extension))
                            ?? (FolderNames.Folder(folder, name) is { } own ? FolderNames.File(own, ownNames) : null)
                    )
                )
                .Where(found => found.Item2 is not null),
        ];
        return DatasetLayout.NamesOf(found.Select(file => file.Name)).Zip(found.Select(file => file.File!));
    }

    private static DatasetLayout Of(string folder, (string Split, string File)[] files)
    {
        Lazy<PerImagePart[]> parts = new(() => [.. files.Select(found => Part(found.Split, found.File))]);
        return new DatasetLayout(
            $"CSV: {string.Join(", ", files.Select(found => Path.GetRelativePath(folder, found.File)))}",
            files is [(DatasetLayout.Whole, _)]
                ? []
                : [.. files.Select(found => found.Split).Order(StringComparer.Ordinal)],
            split =>
                PerImageReader.Read(
                    folder,
                    parts.Value.FirstOrDefault(part => part.Split == split) ?? parts.Value[0],
                    parts.Value
                )
        );
    }

    private static PerImagePart Part(string split, string file)
    {
        List<Finding> findings = [];
        IReadOnlyDictionary<string, ImageAnnotation> images = CsvTable.Read(file, findings);
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string above = Path.GetDirectoryName(own) ?? own;
        string?[] folders = [own, .. Inside(own, split), above, .. Inside(above, split)];
        return new PerImagePart(split, file, own, [.. folders.OfType<string>()], [.. images.Keys], name => images[name])
        {
            Findings = findings,
        };
    }

    private static IEnumerable<string?> Inside(string folder, string split) =>
        imageNames
            .Select(name => FolderNames.Folder(folder, name))
            .OfType<string>()
            .SelectMany(found => (string?[])[FolderNames.Folder(found, split), found])
            .Prepend(FolderNames.Folder(folder, split));
}
