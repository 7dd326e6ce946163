namespace DynamicRcnn.Data;

/// <summary>Opens a data set from a folder, whose layout it recognises, or from the file that describes one.</summary>
public static class DatasetReader
{
    private static readonly PerImageLayout voc = new(AnnotationFormat.Voc);
    private static readonly PerImageLayout labelme = new(AnnotationFormat.Labelme);

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
                string[] known = [.. layout.Splits, .. layout.Aliases];
                string name = known.Contains(split) ? split : DatasetLayout.SplitOf(split);
                return layout.Splits.Count == 0 || known.Contains(name)
                    ? Usable(source.Title, layout.Read(name))
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
                DatasetLayout? own = source.Path.Length > 0 ? Recognise(source.Path) : null;
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
        bool isNamed = source.Path.Length > 0;
        DatasetLayout? own = isNamed ? Recognise(source.Path) : null;
        return own is null && isNamed && (!Path.Exists(source.Path) || source.Train.Length == 0)
            ? null
            : SplitChoice.Of(source, own);
    }

    private static DatasetLayout? Recognise(string path)
    {
        if (File.Exists(path))
        {
            return Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".YAML" or ".YML" => YoloLayout.OfFile(path),
                ".DATA" => YoloLayout.OfDarknet(path),
                ".TXT" => voc.OfList(path) ?? labelme.OfList(path) ?? YoloLayout.OfImages(path),
                ".CSV" => CsvLayout.OfFile(path),
                ".XML" => null,
                _ => CocoLayout.OfFile(path),
            };
        }
        return Directory.Exists(path)
            ? CocoLayout.Recognise(path)
                ?? voc.Recognise(path)
                ?? labelme.Recognise(path)
                ?? YoloLayout.Recognise(path)
                ?? CsvLayout.Recognise(path)
                ?? YoloLayout.OfImages(path)
            : null;
    }

    private static DataException NothingRecognised(string path) =>
        new(
            File.Exists(path) ? $"{path}: the file describes no data set; expected {Files}, or a folder."
            : Directory.Exists(path) ? $"{path}: no data set is recognised in the folder; expected {Layouts}."
            : $"{path}: there is no such folder or file."
        );

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
