namespace DynamicRcnn.Data;

/// <summary>
/// Recognises YOLO folders, in any case of their names: <c>images/SPLIT</c> with <c>labels/SPLIT</c>, <c>SPLIT/images</c> with
/// <c>SPLIT/labels</c>, <c>images</c> with <c>labels</c> that are not split, labels beside the images of a split, or whatever data.yaml or
/// Darknet's obj.data names. The names of the classes come from these files, classes.txt or obj.names.
/// </summary>
internal static class YoloLayout
{
    private const string Images = "images";
    private const string Labels = "labels";

    internal static DatasetLayout? Recognise(string folder)
    {
        if (YoloDataFile.Find(folder) is { } file)
        {
            return OfFile(file);
        }
        if (DarknetFile.Find(folder) is { } darknet)
        {
            return OfDarknet(darknet);
        }
        string? classFile = YoloNames.ClassFileOf(folder);
        Dictionary<string, string> splits = Conventional(folder);
        string? whole =
            splits.Count > 0 ? null
            : Whole(folder) is { } images ? images
            : classFile is not null && HasLabelsBeside(folder) ? folder
            : null;
        if (splits.Count == 0 && whole is null)
        {
            return null;
        }
        Lazy<YoloNames?> names = new(() => YoloNames.Above(folder));
        return new DatasetLayout(
            $"YOLO: {Relative(folder, whole is null ? splits.Values : [whole])}",
            Sorted(splits.Keys),
            split =>
                whole is null
                    ? YoloReader.Read(folder, split, [splits[split]], RequireNames(folder, names.Value))
                    : YoloReader.Read(folder, DatasetLayout.Whole, [whole], RequireNames(folder, names.Value))
        );
    }

    /// <summary>A data set as its data.yaml describes it; what that leaves out is looked for beside it.</summary>
    internal static DatasetLayout OfFile(string file) => Of(YoloDataFile.Read(file));

    /// <summary>A data set as its obj.data describes it.</summary>
    internal static DatasetLayout OfDarknet(string file) => Of(DarknetFile.Read(file));

    /// <summary>The images of a list or of a folder, where they have labels; null where they have none.</summary>
    internal static DatasetLayout? OfImages(string source)
    {
        if (!new YoloImages().HasLabels(source))
        {
            return null;
        }
        string full = Path.GetFullPath(source);
        string folder = Directory.Exists(source) ? full : Path.GetDirectoryName(full)!;
        YoloNames? names = YoloNames.Above(folder);
        if (names is null && folder == full)
        {
            return null; // it may hold data sets of their own
        }
        return new DatasetLayout(
            $"YOLO: {Path.GetFileName(full)}{(names is null ? "" : $", classes of {Path.GetRelativePath(folder, names.File)}")}",
            [],
            split => YoloReader.Read(folder, split, [full], RequireNames(folder, names))
        );
    }

    private static DatasetLayout Of(YoloDataFile data)
    {
        string file = data.File;
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string what = $"YOLO: {Path.GetFileName(file)}{(data.Root.Length > 0 ? $", from its path {data.Root}" : "")}";
        Dictionary<string, IReadOnlyList<string>> splits = new(data.Splits, StringComparer.Ordinal);
        FindingTally replaced = new(FindingKind.OtherPlace);
        foreach ((string split, string images) in Conventional(folder))
        {
            string? missing = splits.GetValueOrDefault(split, []).FirstOrDefault(source => !Path.Exists(source));
            if (missing is not null)
            {
                replaced.Add(file, $"{file}: {split}", $"'{missing}' does not exist; {images} is taken");
            }
            if (missing is not null || !splits.ContainsKey(split))
            {
                splits[split] = [images];
            }
        }
        if (splits.Count > 0)
        {
            return new DatasetLayout(what, Sorted(splits.Keys), Read) { Notes = [.. data.Notes, .. replaced.Findings] };
        }
        return Whole(folder) is { } whole
            ? new DatasetLayout(what, [], _ => YoloReader.Read(folder, DatasetLayout.Whole, [whole], data.Names))
            : throw new DataException(
                $"{file}: it names no split and none lies beside it; expected 'train: FOLDER', or images/train and labels/train."
            );

        Dataset Read(string split)
        {
            RequireInside(file, folder, split, splits[split]);
            return YoloReader.Read(folder, split, splits[split], data.Names);
        }
    }

    private static void RequireInside(string file, string folder, string split, IReadOnlyList<string> sources)
    {
        const string expected = "expected a folder of images or a list of them";
        foreach (string source in sources)
        {
            if (!Path.Exists(source))
            {
                throw new DataException($"{file}: {split} is '{source}'; {expected}.");
            }
            // All of a disk, as soon as there is one '..' too many.
            if (source != folder && (folder + '/').StartsWith(source.TrimEnd('/') + '/', StringComparison.Ordinal))
            {
                throw new DataException(
                    $"{file}: {split} leads to {source}, which the file itself lies in; {expected}."
                );
            }
        }
    }

    /// <summary>Where the labels of a folder of images are expected: the last 'images' of its path becomes 'labels'.</summary>
    internal static string LabelFolder(string imageFolder)
    {
        string[] parts = imageFolder.Split(Path.DirectorySeparatorChar);
        int place = Array.FindLastIndex(parts, part => part.Equals(Images, StringComparison.OrdinalIgnoreCase));
        if (place < 0)
        {
            return imageFolder;
        }
        string parent = string.Join(Path.DirectorySeparatorChar, parts[..place]);
        string labels = FolderNames.Folder(parent.Length > 0 ? parent : "/", Labels) ?? Path.Combine(parent, Labels);
        return string.Join(Path.DirectorySeparatorChar, [labels, .. parts[(place + 1)..]]);
    }

    /// <summary>The folders of images of the splits that are laid out as usual.</summary>
    private static Dictionary<string, string> Conventional(string folder)
    {
        string? images = FolderNames.Folder(folder, Images);
        string? labels = LabelsOf(folder);
        IEnumerable<string> inside =
            images is null || labels is null
                ? []
                : FolderNames
                    .Folders(images)
                    .Where(split =>
                        FolderNames.Folder(labels, Path.GetFileName(split)) is not null
                        || DatasetLayout.IsSplit(Path.GetFileName(split))
                    );
        IEnumerable<string> around = FolderNames
            .Splits(folder)
            .Select(found => Whole(found.Folder) ?? (HasLabelsBeside(found.Folder) ? found.Folder : null))
            .OfType<string>();
        string[] found = [.. inside.Concat(around)];
        return DatasetLayout
            .NamesOf(found.Select(FolderOfSplit))
            .Zip(found)
            .DistinctBy(split => split.First)
            .ToDictionary();
    }

    /// <summary>The folder of labels, unless they are another format's.</summary>
    private static string? LabelsOf(string folder) =>
        FolderNames.Folder(folder, Labels) is { } labels
        && !FolderNames
            .Splits(labels)
            .Select(split => split.Folder)
            .Append(labels)
            .Any(place => AnnotationFormat.Voc.IsIn(place) || AnnotationFormat.Labelme.IsIn(place))
            ? labels
            : null;

    /// <summary>The images of a folder in which they lie beside a folder of labels.</summary>
    private static string? Whole(string folder) => LabelsOf(folder) is null ? null : FolderNames.Folder(folder, Images);

    private static bool HasLabelsBeside(string folder) =>
        ImageFiles
            .In(folder, SearchOption.TopDirectoryOnly)
            .Any(image => File.Exists(Path.ChangeExtension(image, YoloLabels.Extension)));

    private static string FolderOfSplit(string images)
    {
        string name = Path.GetFileName(images);
        bool isInSplit = name.Equals(Images, StringComparison.OrdinalIgnoreCase);
        return isInSplit ? Path.GetFileName(Path.GetDirectoryName(images)!) : name;
    }

    private static string Relative(string folder, IEnumerable<string> paths) =>
        string.Join(", ", paths.Select(path => Path.GetRelativePath(folder, path)));

    private static string[] Sorted(IEnumerable<string> splits) => [.. splits.Order(StringComparer.Ordinal)];

    private static IReadOnlyList<string> RequireNames(string folder, YoloNames? found) =>
        found?.Names
        ?? throw new DataException(
            $"{folder}: the names of the YOLO classes are missing; expected data.yaml, classes.txt or obj.names in it."
        );
}
