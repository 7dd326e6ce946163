namespace DynamicRcnn.Data;

/// <summary>The lists of images of a Pascal VOC data set: <c>ImageSets/Main/SPLIT.txt</c>, a name in each line.</summary>
internal static class ImageLists
{
    private const string Extension = ".txt";

    /// <summary>The folder of the lists; null where there is none.</summary>
    internal static string? Folder(string folder) =>
        FolderNames.Folder(folder, "ImageSets") is { } sets ? FolderNames.Folder(sets, "Main") : null;

    /// <summary>The lists that are splits, in name order.</summary>
    internal static IReadOnlyList<string> Of(string folder)
    {
        if (Folder(folder) is not { } lists)
        {
            return [];
        }
        string[] files = [.. FolderNames.Files(lists, Extension)];
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
