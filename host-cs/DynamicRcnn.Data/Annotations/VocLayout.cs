namespace DynamicRcnn.Data;

/// <summary>
/// Recognises Pascal VOC folders, in any case of their names: <c>Annotations/NAME.xml</c>, <c>JPEGImages/NAME.jpg</c> (or <c>images</c>) and
/// the names of a split in <c>ImageSets/Main/SPLIT.txt</c>; without lists all annotations are one data set, or those of each split where they
/// lie in folders that are called so, as <c>annotations/SPLIT</c> or <c>SPLIT/annotations</c>. Flat folders hold xml files beside their images,
/// directly or in folders that are called like splits.
/// </summary>
internal static class VocLayout
{
    /// <summary>What tools call the folder of annotations; only one with xml files is one.</summary>
    private static readonly string[] annotationNames = ["Annotations", "annotation", "xml", "xmls", "labels"];

    private static readonly string[] imageNames = ["JPEGImages", "images", "image", "img", "imgs"];

    internal static DatasetLayout? Recognise(string folder)
    {
        VocPart[] parts = Parts(folder);
        if (parts.Length == 0)
        {
            return null;
        }
        string sources = string.Join(", ", parts.Select(part => Path.GetRelativePath(folder, part.Source)));
        return new DatasetLayout(
            $"Pascal VOC: {sources}",
            parts[0].Split == DatasetLayout.Whole ? [] : [.. parts.Select(part => part.Split)],
            split => VocReader.Read(folder, parts.FirstOrDefault(part => part.Split == split) ?? parts[0], parts)
        );
    }

    /// <summary>A data set whose images are those of a list; null when the file lies in no ImageSets/Main.</summary>
    internal static DatasetLayout? OfList(string file)
    {
        string lists = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string folder = Path.GetFullPath(Path.Combine(lists, "..", ".."));
        if (lists != VocLists.Folder(folder) || AnnotationFolder(folder) is not { } annotations)
        {
            return null;
        }
        VocPart part = Listed(folder, annotations, Path.GetFileNameWithoutExtension(file), file);
        return new DatasetLayout(
            $"Pascal VOC: {Path.GetRelativePath(folder, file)}",
            [],
            _ => VocReader.Read(folder, part, [part, .. Parts(folder)])
        );
    }

    private static VocPart[] Parts(string folder)
    {
        if (AnnotationFolder(folder) is { } annotations)
        {
            VocPart[] listed =
            [
                .. VocLists
                    .Of(folder)
                    .Select(list =>
                        Listed(folder, annotations, DatasetLayout.SplitOf(Path.GetFileNameWithoutExtension(list)), list)
                    ),
            ];
            VocPart[] found = listed.Length > 0 ? listed : Unlisted(folder, annotations);
            if (found.Length > 0)
            {
                return found;
            }
        }
        return HasAnnotations(folder)
            ? [Flat(folder, DatasetLayout.Whole)]
            :
            [
                .. FolderNames
                    .Splits(folder)
                    .Select(found => OfSplit(found.Split, found.Folder))
                    .OfType<VocPart>()
                    .OrderBy(part => part.Split, StringComparer.Ordinal),
            ];
    }

    private static VocPart? OfSplit(string split, string folder) =>
        HasAnnotations(folder) ? Flat(folder, split)
        : AnnotationFolder(folder) is { } annotations && HasAnnotations(annotations)
            ? Apart(split, annotations, ImageFolders(folder, split, annotations))
        : null;

    /// <summary>The folder of annotations: one with xml files, or with folders of them, before one that is only called so.</summary>
    private static string? AnnotationFolder(string folder)
    {
        string[] named =
        [
            .. annotationNames
                .Select(name => FolderNames.Folder(folder, name))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
        return Array.Find(named, found => HasAnnotations(found) || FolderNames.Splits(found).Any(IsAnnotated))
            ?? (VocLists.Folder(folder) is null ? null : named.FirstOrDefault());
    }

    private static bool IsAnnotated((string Split, string Folder) found) => HasAnnotations(found.Folder);

    private static VocPart Listed(string folder, string annotations, string split, string list) =>
        new(split, list, annotations, ImageFolders(folder, split, annotations), VocLists.Names(list, annotations), []);

    private static VocPart[] Unlisted(string folder, string annotations) =>
        HasAnnotations(annotations)
            ? [Apart(DatasetLayout.Whole, annotations, ImageFolders(folder, DatasetLayout.Whole, annotations))]
            :
            [
                .. FolderNames
                    .Splits(annotations)
                    .Where(IsAnnotated)
                    .Select(found =>
                        Apart(
                            found.Split,
                            found.Folder,
                            ImageFolders(folder, Path.GetFileName(found.Folder), found.Folder)
                        )
                    )
                    .OrderBy(part => part.Split, StringComparer.Ordinal),
            ];

    private static VocPart Apart(string split, string annotations, IReadOnlyList<string> images) =>
        new(split, annotations, annotations, images, Stems(annotations), []);

    private static VocPart Flat(string folder, string split)
    {
        string[] names = Stems(folder);
        HashSet<string> annotated = new(names.Select(CanonicalForm.Decomposed), StringComparer.Ordinal);
        string[] others =
        [
            .. ImageFiles
                .In(folder, SearchOption.TopDirectoryOnly)
                .Where(image => !annotated.Contains(CanonicalForm.Decomposed(Path.GetFileNameWithoutExtension(image)))),
        ];
        return new VocPart(split, folder, folder, [folder], names, others);
    }

    /// <summary>Where the images may lie; the first is where they are expected.</summary>
    private static IReadOnlyList<string> ImageFolders(string folder, string split, string annotations)
    {
        string[] named = [.. imageNames.Select(name => FolderNames.Folder(folder, name)).OfType<string>()];
        string[] ofSplit = [.. named.Select(images => FolderNames.Folder(images, split)).OfType<string>()];
        string[] found = [.. ofSplit, .. named];
        return [.. found.Length > 0 ? found : [Path.Combine(folder, imageNames[0])], folder, annotations];
    }

    private static bool HasAnnotations(string folder) => FolderNames.Files(folder, VocReader.AnnotationExtension).Any();

    private static string[] Stems(string folder) =>
        [
            .. FolderNames
                .Files(folder, VocReader.AnnotationExtension)
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Distinct(StringComparer.Ordinal),
        ];
}
