namespace DynamicRcnn.Data;

/// <summary>Opens a data set from a folder, whose layout it recognises, or from the file that describes one.</summary>
public static class DatasetReader
{
    private const string Layouts =
        "COCO (annotations/instances_SPLIT.json), Pascal VOC (Annotations/*.xml with ImageSets/Main/SPLIT.txt, or xml files beside the images) "
        + "or YOLO (images/SPLIT and labels/SPLIT/*.txt with data.yaml, classes.txt or obj.names)";

    private const string Files =
        "a COCO annotation file (.json), a YOLO data file (.yaml) or a list of Pascal VOC (ImageSets/Main/SPLIT.txt)";

    /// <param name="path">
    /// A folder with COCO, Pascal VOC or YOLO annotations, recognised in this order; or a COCO annotation file, a YOLO data.yaml, or a
    /// list in a Pascal VOC folder's ImageSets/Main.
    /// </param>
    /// <param name="split">Which part, such as train or val; what has no splits needs none and is opened whole.</param>
    /// <exception cref="DataException">There is no such data set, or it cannot be used.</exception>
    public static Dataset Open(string path, string split) =>
        Guarded(
            path,
            () =>
            {
                DatasetLayout layout = Recognise(path) ?? throw NothingRecognised(path);
                return layout.Splits.Count == 0 || layout.Splits.Contains(split)
                    ? Usable(path, layout.Read(split))
                    : throw new DataException(
                        $"{path}: there is no split '{split}'; expected one of {string.Join(", ", layout.Splits)}."
                    );
            }
        );

    /// <summary>The splits in name order; none for what is not split and for what is no data set.</summary>
    /// <exception cref="DataException">The folder, or a list of it, cannot be read.</exception>
    public static IReadOnlyList<string> Splits(string path) => Guarded(path, () => Recognise(path)?.Splits ?? []);

    private static DatasetLayout? Recognise(string path)
    {
        if (File.Exists(path))
        {
            return Path.GetExtension(path).ToUpperInvariant() switch
            {
                ".YAML" or ".YML" => YoloLayout.OfFile(path),
                ".TXT" => VocLayout.OfList(path),
                ".XML" => null,
                _ => CocoLayout.OfFile(path),
            };
        }
        return Directory.Exists(path)
            ? CocoLayout.Recognise(path) ?? VocLayout.Recognise(path) ?? YoloLayout.Recognise(path)
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
        bool isLost = dataset.Findings.Any(finding => finding.Kind != FindingKind.TurnedImage);
        string? missing =
            dataset.Images.Count == 0 ? "image"
            : isLost && dataset.Images.All(image => image.Boxes.Count == 0) ? "box"
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
