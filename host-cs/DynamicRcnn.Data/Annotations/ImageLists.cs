namespace DynamicRcnn.Data;

/// <summary>
/// The lists of images of a Pascal VOC data set, a name in each line: <c>ImageSets/Main/SPLIT.txt</c>, or <c>ImageSets/SPLIT.txt</c>, or
/// <c>SPLIT.txt</c> in the data set's folder.
/// </summary>
internal static class ImageLists
{
    private const string Extension = ".txt";

    /// <summary>The folder of the lists; null where there is none.</summary>
    internal static string? Folder(string folder) =>
        Sets(folder) is not { } sets ? null
        : FolderNames.Folder(sets, "Main") is { } main ? main
        : FolderNames.Files(sets, Extension).Any() ? sets
        : null;

    /// <summary>What looks like lists of images and is none of the sources that are read; those of other tasks are nobody's where there is Main.</summary>
    internal static IReadOnlyList<Finding> PassedOver(string folder, string[] sources)
    {
        IEnumerable<string> ofTasks =
            Sets(folder) is { } sets && Folder(folder) is null
                ? FolderNames.Folders(sets).Where(lists => FolderNames.Files(lists, Extension).Any())
                : [];
        return
        [
            .. OfRoot(folder)
                .Concat(ofTasks)
                .Except(sources)
                .Select(list => new Finding(
                    FindingKind.PassedOver,
                    list,
                    $"{list}: it may list images of a split, and is not read; {string.Join(", ", sources)} is."
                )),
        ];
    }

    private static string? Sets(string folder) => FolderNames.Folder(folder, "ImageSets");

    private static IEnumerable<string> OfRoot(string folder) =>
        FolderNames
            .Files(folder, Extension)
            .Where(file => DatasetLayout.IsSplit(Path.GetFileNameWithoutExtension(file)));

    /// <summary>The lists that are splits, in name order; those of the data set's own folder may be another format's.</summary>
    internal static IReadOnlyList<string> Of(string folder)
    {
        string[] files = [.. Folder(folder) is { } lists ? FolderNames.Files(lists, Extension) : OfRoot(folder)];
        string[] names = [.. files.Select(file => Path.GetFileNameWithoutExtension(file))];
        return [.. files.Where(file => !IsOfClass(file, names))];
    }

    /// <summary>The names in a list. Tools write them with the image's or the annotation's extension too, and with its folder.</summary>
    /// <param name="list">The list.</param>
    /// <param name="annotations">The folder of the annotations.</param>
    /// <param name="annotationExtension">Theirs, with the dot.</param>
    internal static IReadOnlyList<string> Names(string list, string annotations, string annotationExtension) =>
        [.. Lines(list).Select(line => Name(line, annotations, annotationExtension))];

    private static string Name(string line, string annotations, string annotationExtension)
    {
        if (IsThere(line))
        {
            return line;
        }
        string name = FileLookup.Slashes(line);
        string extension = Path.GetExtension(name);
        bool isFile =
            ImageNames.IsImage(name) || extension.Equals(annotationExtension, StringComparison.OrdinalIgnoreCase);
        string stem = isFile ? name[..^extension.Length] : name;
        string last = stem.Split('/')[^1];
        bool isInside = !FileLookup.IsRooted(line) && !stem.Split('/').Contains("..");
        return isInside && last != stem && !IsThere(stem) && IsThere(last) ? last : stem;

        bool IsThere(string stem) => File.Exists(Path.Combine(annotations, stem + annotationExtension));
    }

    /// <summary>The original archives have <c>CLASS_SPLIT.txt</c> too, whose lines end in 1, 0 or -1: no splits of their own.</summary>
    private static bool IsOfClass(string list, string[] names)
    {
        string name = Path.GetFileNameWithoutExtension(list);
        return names.Any(split => name.EndsWith("_" + split, StringComparison.Ordinal))
            && Lines(list).FirstOrDefault()?.Split(' ')[^1] is "1" or "0" or "-1";
    }

    private static IEnumerable<string> Lines(string list) =>
        AnnotationText.Lines(list).Select(line => line.Trim()).Where(line => line.Length > 0);
}
