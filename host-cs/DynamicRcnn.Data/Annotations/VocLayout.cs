namespace DynamicRcnn.Data;

/// <summary>A split of a Pascal VOC data set.</summary>
/// <param name="Split">Its name.</param>
/// <param name="Source">The list or folder that names its images.</param>
/// <param name="AnnotationFolder">Where NAME.xml lies.</param>
/// <param name="ImageFolders">Where the image NAME may lie.</param>
/// <param name="Names">In the list's order.</param>
/// <param name="Unannotated">Images of a flat folder that no annotation belongs to.</param>
internal sealed record VocPart(
    string Split,
    string Source,
    string AnnotationFolder,
    IReadOnlyList<string> ImageFolders,
    IReadOnlyList<string> Names,
    IReadOnlyList<string> Unannotated
);

/// <summary>
/// Recognises Pascal VOC folders: <c>Annotations/NAME.xml</c>, <c>JPEGImages/NAME.jpg</c> (or <c>images</c>) and the names of a split in
/// <c>ImageSets/Main/SPLIT.txt</c>; without lists all annotations are one data set. Flat folders hold xml files beside their images,
/// directly or in folders that are called like splits.
/// </summary>
internal static class VocLayout
{
    private const string ListExtension = ".txt";

    internal static DatasetLayout? Recognise(string folder)
    {
        VocPart[] parts = Parts(folder);
        return parts.Length == 0
            ? null
            : new DatasetLayout(
                parts[0].Split == DatasetLayout.Whole ? [] : [.. parts.Select(part => part.Split)],
                split => VocReader.Read(folder, parts.FirstOrDefault(part => part.Split == split) ?? parts[0], parts)
            );
    }

    /// <summary>A data set whose images are those of a list; null when the file lies in no ImageSets/Main.</summary>
    internal static DatasetLayout? OfList(string file)
    {
        string lists = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string folder = Path.GetFullPath(Path.Combine(lists, "..", ".."));
        if (lists != ListFolder(folder) || !Directory.Exists(AnnotationFolder(folder)))
        {
            return null;
        }
        VocPart part = OfList(folder, Path.GetFileNameWithoutExtension(file), file);
        return new DatasetLayout([], _ => VocReader.Read(folder, part, [part, .. Parts(folder)]));
    }

    private static VocPart[] Parts(string folder)
    {
        if (Directory.Exists(AnnotationFolder(folder)))
        {
            VocPart[] listed = Listed(folder);
            return listed.Length > 0 ? listed : Unlisted(folder);
        }
        if (HasAnnotations(folder))
        {
            return [Flat(folder, DatasetLayout.Whole)];
        }
        return
        [
            .. DatasetLayout
                .SplitFolders.Select(name => Path.Combine(folder, name))
                .Where(HasAnnotations)
                .Select(found => Flat(found, DatasetLayout.SplitOf(Path.GetFileName(found))))
                .DistinctBy(part => part.Split)
                .OrderBy(part => part.Split, StringComparer.Ordinal),
        ];
    }

    private static string AnnotationFolder(string folder) => Path.Combine(folder, "Annotations");

    private static string ListFolder(string folder) => Path.Combine(folder, "ImageSets", "Main");

    private static string[] ImageFolders(string folder) =>
        [Path.Combine(folder, "JPEGImages"), Path.Combine(folder, "images")];

    private static VocPart[] Listed(string folder)
    {
        string lists = ListFolder(folder);
        if (!Directory.Exists(lists))
        {
            return [];
        }
        string[] names =
        [
            .. Directory
                .EnumerateFiles(lists, "*" + ListExtension)
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Order(StringComparer.Ordinal),
        ];
        return
        [
            .. names
                .Where(name => !IsClassList(lists, name, names))
                .Select(name => OfList(folder, name, Path.Combine(lists, name + ListExtension))),
        ];
    }

    private static VocPart OfList(string folder, string split, string list) =>
        new(split, list, AnnotationFolder(folder), ImageFolders(folder), Lines(list), []);

    /// <summary>The original archives have <c>CLASS_SPLIT.txt</c> too, whose lines end in 1, 0 or -1: no splits of their own.</summary>
    private static bool IsClassList(string lists, string name, string[] names) =>
        names.Any(split => name.EndsWith("_" + split, StringComparison.Ordinal))
        && Lines(Path.Combine(lists, name + ListExtension)).FirstOrDefault()?.Split(' ')[^1] is "1" or "0" or "-1";

    private static string[] Lines(string list) =>
        [.. AnnotationText.Lines(list).Select(line => line.Trim()).Where(line => line.Length > 0)];

    private static VocPart[] Unlisted(string folder)
    {
        string annotations = AnnotationFolder(folder);
        return HasAnnotations(annotations)
            ? [new(DatasetLayout.Whole, annotations, annotations, ImageFolders(folder), Stems(annotations), [])]
            : [];
    }

    private static VocPart Flat(string folder, string split)
    {
        string[] names = Stems(folder);
        HashSet<string> annotated = new(names, StringComparer.Ordinal);
        string[] others =
        [
            .. ImageFiles
                .In(folder, SearchOption.TopDirectoryOnly)
                .Where(image => !annotated.Contains(Path.GetFileNameWithoutExtension(image))),
        ];
        return new VocPart(split, folder, folder, [folder], names, others);
    }

    private static bool HasAnnotations(string folder) => Directory.Exists(folder) && Annotations(folder).Any();

    private static IEnumerable<string> Annotations(string folder) =>
        Directory.EnumerateFiles(folder, "*" + VocReader.AnnotationExtension);

    private static string[] Stems(string folder) =>
        [.. Annotations(folder).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
}
