namespace DynamicRcnn.Data;

/// <summary>
/// Recognises YOLO folders: <c>images/SPLIT</c> with <c>labels/SPLIT</c>, <c>SPLIT/images</c> with <c>SPLIT/labels</c>, <c>images</c> with
/// <c>labels</c> that are not split, or whatever data.yaml names. The names of the classes come from data.yaml, classes.txt or obj.names.
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
        string? classFile = ClassFile.Find(folder, Path.Combine(folder, Labels));
        Dictionary<string, string> splits = Conventional(folder);
        string? whole =
            splits.Count > 0 ? null
            : HasLabels(folder) && Directory.Exists(Path.Combine(folder, Images)) ? Path.Combine(folder, Images)
            : classFile is not null && ImageFiles.In(folder, SearchOption.TopDirectoryOnly).Any() ? folder
            : null;
        if (splits.Count == 0 && whole is null)
        {
            return null;
        }
        Lazy<List<string>> names = new(() => ReadNames(folder, classFile));
        return new DatasetLayout(
            Sorted(splits.Keys),
            split =>
                whole is null
                    ? YoloReader.Read(folder, split, [splits[split]], names.Value)
                    : YoloReader.Read(folder, DatasetLayout.Whole, [whole], names.Value)
        );
    }

    /// <summary>A data set as its data.yaml describes it; what that leaves out is looked for beside it.</summary>
    internal static DatasetLayout OfFile(string file)
    {
        YoloDataFile data = YoloDataFile.Read(file);
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        Dictionary<string, IReadOnlyList<string>> splits = new(data.Splits, StringComparer.Ordinal);
        foreach ((string split, string images) in Conventional(folder))
        {
            if (!splits.TryGetValue(split, out IReadOnlyList<string>? named) || !named.All(Path.Exists))
            {
                splits[split] = [images];
            }
        }
        if (splits.Count > 0)
        {
            return new DatasetLayout(Sorted(splits.Keys), Read);
        }
        string whole = Path.Combine(folder, Images);
        return Directory.Exists(whole) && HasLabels(folder)
            ? new DatasetLayout([], _ => YoloReader.Read(folder, DatasetLayout.Whole, [whole], data.Names))
            : throw new DataException(
                $"{file}: it names no split and none lies beside it; expected 'train: FOLDER', or images/train and labels/train."
            );

        Dataset Read(string split) =>
            splits[split].FirstOrDefault(source => !Path.Exists(source)) is { } gone
                ? throw new DataException(
                    $"{file}: {split} is '{gone}'; expected a folder of images or a list of them."
                )
                : YoloReader.Read(folder, split, splits[split], data.Names);
    }

    /// <summary>Where the labels of a folder of images are expected: the last 'images' of its path becomes 'labels'.</summary>
    internal static string LabelFolder(string imageFolder)
    {
        string[] parts = imageFolder.Split(Path.DirectorySeparatorChar);
        int place = Array.LastIndexOf(parts, Images);
        if (place >= 0)
        {
            parts[place] = Labels;
        }
        return string.Join(Path.DirectorySeparatorChar, parts);
    }

    /// <summary>The folders of images of the splits that are laid out as usual.</summary>
    private static Dictionary<string, string> Conventional(string folder)
    {
        string images = Path.Combine(folder, Images);
        string[] inside =
            HasLabels(folder) && Directory.Exists(images)
                ?
                [
                    .. Directory
                        .EnumerateDirectories(images)
                        .Where(split =>
                            Directory.Exists(Path.Combine(folder, Labels, Path.GetFileName(split)))
                            || DatasetLayout.SplitFolders.Contains(Path.GetFileName(split))
                        ),
                ]
                : [];
        IEnumerable<string> around = DatasetLayout
            .SplitFolders.Select(split => Path.Combine(folder, split))
            .Where(split => HasLabels(split) && Directory.Exists(Path.Combine(split, Images)));
        return inside
            .Concat(around.Select(split => Path.Combine(split, Images)))
            .Select(path => (Split: SplitOfImages(path), Images: path))
            .DistinctBy(found => found.Split)
            .ToDictionary();
    }

    private static string SplitOfImages(string path)
    {
        string name = Path.GetFileName(path);
        return DatasetLayout.SplitOf(name == Images ? Path.GetFileName(Path.GetDirectoryName(path)!) : name);
    }

    private static bool HasLabels(string folder) => Directory.Exists(Path.Combine(folder, Labels));

    private static string[] Sorted(IEnumerable<string> splits) => [.. splits.Order(StringComparer.Ordinal)];

    private static List<string> ReadNames(string folder, string? classFile) =>
        classFile is null
            ? throw new DataException(
                $"{folder}: the names of the YOLO classes are missing; expected data.yaml, classes.txt or obj.names in it."
            )
            : [.. ClassFile.Read(classFile)];
}
