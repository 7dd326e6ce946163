namespace DynamicRcnn.Data;

/// <summary>Opens a data set from a folder, whose layout it recognises, or from the file that describes one.</summary>
public static class DatasetReader
{
    private static readonly PerImageLayout voc = new(AnnotationFormat.Voc);
    private static readonly PerImageLayout labelme = new(AnnotationFormat.Labelme);

    /// <summary>In the order in which they are tried.</summary>
    private static readonly Func<string, DatasetLayout?>[] formats =
    [
        CocoLayout.Recognise,
        voc.Recognise,
        labelme.Recognise,
        YoloLayout.Recognise,
        CsvLayout.Recognise,
        YoloLayout.OfImages,
    ];

    /// <summary>Data sets in a folder that are named.</summary>
    private const int MostChoices = 5;

    private const string Layouts =
        "COCO (annotations/instances_SPLIT.json, or SPLIT/_annotations.coco.json beside the images), Pascal VOC (Annotations/*.xml with ImageSets/Main/SPLIT.txt, or xml files beside the images) "
        + "YOLO (images/SPLIT and labels/SPLIT/*.txt with data.yaml, obj.data, classes.txt or obj.names), labelme (json files beside the images) "
        + "or a table (SPLIT_labels.csv, or _annotations.csv beside the images)";

    private const string Files =
        "a COCO annotation file (.json), a YOLO data file (.yaml, or Darknet's .data), a table (.csv) or a list of images (.txt), such as Pascal VOC's ImageSets/Main/SPLIT.txt";

    /// <inheritdoc cref="Open(DatasetSource, string)"/>
    /// <param name="path">The data set.</param>
    /// <param name="split">Which part, such as train or val; what has no splits needs none and is opened whole.</param>
    public static Dataset Open(string path, string split) => Open(new DatasetSource(path), split);

    /// <summary>Reads a split.</summary>
    /// <param name="source">
    /// Its path is a folder with COCO, Pascal VOC, labelme or YOLO annotations or tables, recognised in this order; or a COCO annotation
    /// file, a YOLO data.yaml, a list of images or a table.
    /// </param>
    /// <param name="split">Which part, such as train or val; what has no splits needs none and is opened whole.</param>
    /// <exception cref="DataException">There is no such data set, or it cannot be used.</exception>
    public static Dataset Open(DatasetSource source, string split) =>
        Guarded(
            source.Title,
            () =>
            {
                DatasetLayout layout = Recognise(source) ?? throw NothingRecognised(source.Title);
                string? name = layout.Splits.Count == 0 ? DatasetLayout.SplitOf(split) : layout.Find(split);
                return name is not null
                    ? ClassNames.Checked(Usable(source.Title, Bounded(source, layout.Read(name))))
                    : throw new DataException(
                        $"{source.Title}: there is no split '{split}'; expected one of {string.Join(", ", layout.Splits)}."
                    );
            }
        );

    /// <inheritdoc cref="Splits(DatasetSource)"/>
    public static IReadOnlyList<string> Splits(string path) => Splits(new DatasetSource(path));

    /// <summary>The splits in name order; none for what is not split and for what is no data set.</summary>
    /// <exception cref="DataException">The folder, or a list of it, cannot be read.</exception>
    public static IReadOnlyList<string> Splits(DatasetSource source) =>
        Guarded(source.Title, () => Recognise(source)?.Splits ?? []);

    /// <inheritdoc cref="Describe(DatasetSource)"/>
    public static string? Describe(string path) => Describe(new DatasetSource(path));

    /// <summary>The layout and what it was recognised by; null for what is no data set.</summary>
    /// <exception cref="DataException">The folder, or a list of it, cannot be read.</exception>
    public static string? Describe(DatasetSource source) => Guarded(source.Title, () => Recognise(source)?.What);

    /// <summary>The same data set from any folder: what is a path becomes a full one, and the name of a split stays.</summary>
    /// <exception cref="DataException">A split that is named by hand is not there, or may be two things.</exception>
    public static DatasetSource Rooted(DatasetSource source) =>
        Guarded(
            source.Title,
            () =>
            {
                DatasetLayout? own = Own(source);
                return source with
                {
                    Path = source.Path.Length == 0 ? "" : Path.GetFullPath(source.Path),
                    Train = SplitByHand.Rooted(source, "train", source.Train, own),
                    Val = SplitByHand.Rooted(source, "val", source.Val, own),
                    Test = SplitByHand.Rooted(source, "test", source.Test, own),
                };
            }
        );

    /// <summary>The layout of a path that must have one.</summary>
    /// <exception cref="DataException">It has none.</exception>
    internal static DatasetLayout Recognised(string path) => Recognise(path) ?? throw NothingRecognised(path);

    private static DatasetLayout? Recognise(DatasetSource source)
    {
        DatasetLayout? own = Own(source);
        return own is null && source.Path.Length > 0 && (!Path.Exists(source.Path) || source.Train.Length == 0)
            ? null
            : SplitChoice.Of(source, own);
    }

    /// <summary>What the path holds; the only data set in one of its folders is meant where nothing is trained on by hand.</summary>
    private static DatasetLayout? Own(DatasetSource source) =>
        source.Path.Length == 0 ? null
        : Recognise(source.Path) is { } own ? own
        : source.Train.Length == 0 && Directory.Exists(source.Path) ? OfOnlyFolder(source.Path)
        : null;

    private static DatasetLayout? Recognise(string path) =>
        File.Exists(path)
            ? OfFile(path) is { } described
                ? FolderCheck.Of(path, described, IsAlone(path))
                : null
            : Directory.Exists(path)
                ? OfFolder(path)
                : null;

    private static DatasetLayout? OfFile(string path) =>
        Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".YAML" or ".YML" => YoloLayout.OfFile(path),
            ".DATA" => YoloLayout.OfDarknet(path),
            ".TXT" => voc.OfList(path) ?? labelme.OfList(path) ?? YoloLayout.OfImages(path),
            ".CSV" => CsvLayout.OfFile(path),
            ".XML" => null,
            _ => ImageNames.IsImage(path) ? null : CocoLayout.OfFile(path),
        };

    /// <summary>Whether a file is all that its folder is recognised by, so that pictures beside it are its own; a list is there to choose.</summary>
    private static bool IsAlone(string file)
    {
        try
        {
            return !Path.GetExtension(file).Equals(".txt", StringComparison.OrdinalIgnoreCase)
                && FirstOf(Path.GetDirectoryName(Path.GetFullPath(file))!) is ({ Splits.Count: 0 }, _);
        }
        catch (DataException)
        {
            return false;
        }
    }

    private static DatasetLayout? OfFolder(string path)
    {
        if (FirstOf(path) is not ({ } layout, var rest))
        {
            return null;
        }
        // Annotations of two formats are more often a copy than a doubt, so that one finding is enough.
        Finding[] others =
        [
            .. rest.Select(recognise => What(recognise, path))
                .OfType<string>()
                .Select(what => new Finding(
                    FindingKind.PassedOver,
                    path,
                    $"{path}: it holds another data set too, {what}; {layout.What} is read."
                )),
        ];
        return FolderCheck.Of(path, layout with { Notes = [.. layout.Notes, .. others] }, isWhole: true);
    }

    private static (DatasetLayout Layout, Func<string, DatasetLayout?>[] Further)? FirstOf(string path)
    {
        for (int i = 0; i < formats.Length; i++)
        {
            if (formats[i](path) is { } layout)
            {
                // The last takes whatever has labels.
                return (layout, formats[Math.Min(i + 1, formats.Length - 1)..^1]);
            }
        }
        return null;
    }

    private static string? What(Func<string, DatasetLayout?> recognise, string path)
    {
        try
        {
            return recognise(path)?.What;
        }
        catch (DataException refusal)
        {
            return $"whose file is refused ({refusal.Message.TrimEnd('.')})";
        }
    }

    /// <summary>The data set in a folder that holds nothing else, such as VOCdevkit/VOC2007.</summary>
    private static DatasetLayout? OfOnlyFolder(string path, int levels = 2)
    {
        (string Folder, DatasetLayout Layout)[] found =
        [
            .. FolderNames
                .Folders(path)
                .Select(folder => (folder, OfFolder(folder) ?? (levels > 1 ? OfOnlyFolder(folder, levels - 1) : null)))
                .Where(inner => inner.Item2 is not null)
                .Select(inner => (inner.folder, inner.Item2!))
                .Take(MostChoices),
        ];
        return found switch
        {
            [] => null,
            [var only] => only.Layout with { What = $"in {Path.GetFileName(only.Folder)}: {only.Layout.What}" },
            _ => throw new DataException(
                $"{path}: it holds several data sets: {string.Join(", ", found.Select(inner => Path.GetFileName(inner.Folder)))}; expected the path of one."
            ),
        };
    }

    private static DataException NothingRecognised(string path) =>
        new(
            File.Exists(path) ? $"{path}: the file describes no data set; expected {Files}, or a folder."
            : Directory.Exists(path)
                ? $"{path}: no data set is recognised in the folder; expected {Layouts}.{CocoFiles.Refusal(path)}"
            : $"{path}: there is no such folder or file."
        );

    /// <summary>The data set without images of more pixels than are allowed.</summary>
    private static Dataset Bounded(DatasetSource source, Dataset dataset)
    {
        ILookup<bool, ImageRecord> images = dataset.Images.ToLookup(image =>
            (long)image.Width * image.Height > source.MaxPixels
        );
        return !images.Contains(true)
            ? dataset
            : dataset with
            {
                Images = [.. images[false]],
                Findings =
                [
                    .. dataset.Findings,
                    .. images[true]
                        .Select(image => new Finding(
                            FindingKind.UndecodableImage,
                            image.Path,
                            $"{image.Path}: the header states {image.Width} x {image.Height} pixels, more than the limit of {source.MaxPixels} pixels (data.maxPixels); the image is left out."
                        )),
                ],
            };
    }

    /// <summary>Single bad items are findings; a data set of nothing but bad items is an error, and the first item says which.</summary>
    private static Dataset Usable(string path, Dataset dataset)
    {
        string? missing =
            dataset.Images.Count == 0 ? "image"
            : dataset.Findings.Any(finding => finding.Kind.IsLoss())
            && dataset.Images.All(image => image.Boxes.Count == 0)
                ? "box"
            : null;
        if (missing is null)
        {
            return dataset;
        }
        string reason = dataset.Findings.Count > 0 ? $", and the first of {dataset.Findings.Count} findings is " : ".";
        string first = dataset.Findings.Count > 0 ? dataset.Findings[0].Message : "";
        throw new DataException(
            $"{path}: split {dataset.Split} has no {missing} that can be used; expected at least one{reason}{first}"
        );
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (AnnotationText.IsUnreadable(error))
        {
            throw new DataException($"{path}: the data set cannot be read: {error.Message}", error);
        }
    }
}
