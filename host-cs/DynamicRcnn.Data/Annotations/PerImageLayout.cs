namespace DynamicRcnn.Data;

/// <summary>
/// Recognises folders with a file of annotations for each image, in any case of their names: <c>Annotations/NAME.xml</c> (labelme:
/// <c>NAME.json</c>), <c>JPEGImages/NAME.jpg</c> (or <c>images</c>) and the names of a split in <c>ImageSets/Main/SPLIT.txt</c>; without lists
/// all annotations are one data set, or those of each split where they lie in folders that are called so, as <c>annotations/SPLIT</c> or
/// <c>SPLIT/annotations</c>. Flat folders hold the files beside their images, directly or in folders that are called like splits.
/// </summary>
internal sealed class PerImageLayout(AnnotationFormat format)
{
    /// <summary>What tools call the folder of annotations; only one with such files is one.</summary>
    private static readonly string[] annotationNames = ["Annotations", "annotation", "xml", "xmls", "labels", "json"];

    private static readonly string[] imageNames = ["JPEGImages", "images", "image", "img", "imgs"];

    internal DatasetLayout? Recognise(string folder)
    {
        PerImagePart[] parts = Parts(folder);
        if (parts.Length == 0)
        {
            return null;
        }
        string sources = string.Join(", ", parts.Select(part => Path.GetRelativePath(folder, part.Source)));
        return new DatasetLayout(
            $"{format.Title}: {sources}",
            parts[0].Split == DatasetLayout.Whole ? [] : [.. parts.Select(part => part.Split)],
            split => PerImageReader.Read(folder, parts.FirstOrDefault(part => part.Split == split) ?? parts[0], parts)
        )
        {
            Notes = ImageLists.PassedOver(folder, [.. parts.Select(part => part.Source)]),
        };
    }

    /// <summary>
    /// A data set whose images are those of a list: in ImageSets/Main, or in or beside the folder of annotations. Null when the list has no
    /// annotations of the format.
    /// </summary>
    internal DatasetLayout? OfList(string file)
    {
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string[] above =
        [
            own,
            Path.GetFullPath(Path.Combine(own, "..")),
            Path.GetFullPath(Path.Combine(own, "..", "..")),
        ];
        foreach (string folder in above)
        {
            bool isItsList = folder != above[2] || own == ImageLists.Folder(folder);
            if (!isItsList || AnnotationFolder(folder) is not { } annotations)
            {
                continue;
            }
            PerImagePart part = Listed(folder, annotations, Path.GetFileNameWithoutExtension(file), file);
            if (own == ImageLists.Folder(folder) || part.Names.Any(name => Find(annotations, name) is not null))
            {
                return new DatasetLayout(
                    $"{format.Title}: {Path.GetRelativePath(folder, file)}",
                    [],
                    _ => PerImageReader.Read(folder, part, [part, .. Parts(folder)])
                );
            }
        }
        return null;
    }

    private PerImagePart[] Parts(string folder)
    {
        if (AnnotationFolder(folder) is { } annotations)
        {
            IReadOnlyList<string> lists = ImageLists.Of(folder);
            PerImagePart[] listed =
            [
                .. lists
                    .Zip(DatasetLayout.NamesOf(lists.Select(list => Path.GetFileNameWithoutExtension(list))))
                    .Select(named => Listed(folder, annotations, named.Second, named.First))
                    .Where(part =>
                        ImageLists.Folder(folder) is not null
                        || part.Names.Any(name => Find(annotations, name) is not null)
                    ),
            ];
            PerImagePart[] found = listed.Length > 0 ? listed : Unlisted(folder, annotations);
            if (found.Length > 0)
            {
                return found;
            }
        }
        return format.IsIn(folder)
            ? [Flat(folder, DatasetLayout.Whole)]
            :
            [
                .. FolderNames
                    .Splits(folder)
                    .Select(found => OfSplit(found.Split, found.Folder))
                    .OfType<PerImagePart>()
                    .OrderBy(part => part.Split, StringComparer.Ordinal),
            ];
    }

    private PerImagePart? OfSplit(string split, string folder) =>
        format.IsIn(folder) ? Flat(folder, split)
        : AnnotationFolder(folder) is { } annotations && format.IsIn(annotations)
            ? Apart(split, annotations, ImageFolders(folder, split, annotations))
        : null;

    /// <summary>The folder of annotations: one with xml files, or with folders of them, before one that is only called so.</summary>
    private string? AnnotationFolder(string folder)
    {
        string[] named =
        [
            .. annotationNames
                .Select(name => FolderNames.Folder(folder, name))
                .OfType<string>()
                .Distinct(StringComparer.Ordinal),
        ];
        return Array.Find(named, found => format.IsIn(found) || FolderNames.Splits(found).Any(IsAnnotated))
            ?? (
                ImageLists.Folder(folder) is null || format != AnnotationFormat.Voc
                    ? null
                    : named.FirstOrDefault(found => !AnnotationFormat.Labelme.IsIn(found))
            );
    }

    private bool IsAnnotated((string Split, string Folder) found) => format.IsIn(found.Folder);

    private PerImagePart Listed(string folder, string annotations, string split, string list) =>
        Part(
            split,
            list,
            annotations,
            ImageFolders(folder, split, annotations),
            ImageLists.Names(list, annotations, format.Extension)
        );

    private PerImagePart[] Unlisted(string folder, string annotations) =>
        format.IsIn(annotations)
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

    private PerImagePart Apart(string split, string annotations, IReadOnlyList<string> images) =>
        Part(split, annotations, annotations, images, format.Stems(annotations));

    private PerImagePart Part(
        string split,
        string source,
        string annotations,
        IReadOnlyList<string> images,
        IReadOnlyList<string> names
    )
    {
        FileLookup lookup = new();
        return new PerImagePart(
            split,
            source,
            annotations,
            images,
            names,
            name => format.Read(lookup.Find(PathOf(annotations, name)) ?? PathOf(annotations, name))
        );
    }

    private string? Find(string annotations, string name) => new FileLookup().Find(PathOf(annotations, name));

    private string PathOf(string annotations, string name) => Path.Combine(annotations, name + format.Extension);

    private PerImagePart Flat(string folder, string split) =>
        Part(split, folder, folder, [folder], format.Stems(folder));

    /// <summary>Where the images may lie; the first is where they are expected.</summary>
    private static IReadOnlyList<string> ImageFolders(string folder, string split, string annotations)
    {
        string[] named = [.. imageNames.Select(name => FolderNames.Folder(folder, name)).OfType<string>()];
        string[] ofSplit = [.. named.Select(images => FolderNames.Folder(images, split)).OfType<string>()];
        string[] found = [.. ofSplit, .. named];
        return [.. found.Length > 0 ? found : [Path.Combine(folder, imageNames[0])], folder, annotations];
    }
}
