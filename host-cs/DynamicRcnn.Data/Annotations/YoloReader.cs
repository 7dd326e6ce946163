namespace DynamicRcnn.Data;

/// <summary>
/// Reads the images and labels of a YOLO split. Category ids are the numbers in the label files. An image without a label file has no
/// objects, as the format has it; a label file without an image is a finding.
/// </summary>
internal static class YoloReader
{
    /// <param name="folder">The data set's, for its name.</param>
    /// <param name="split">For people.</param>
    /// <param name="sources">Folders of images, read with the folders in them, or text files with an image's path in each line.</param>
    /// <param name="names">The classes.</param>
    /// <exception cref="DataException">No image has a label file.</exception>
    internal static Dataset Read(
        string folder,
        string split,
        IReadOnlyList<string> sources,
        IReadOnlyList<string> names
    )
    {
        List<Finding> findings = [];
        List<Opened> opened = [];
        HashSet<string> labelled = new(StringComparer.Ordinal);
        foreach (Opened item in InOrder.Map(sources.SelectMany(ImagesOf), Open))
        {
            if (labelled.Add(item.LabelFile))
            {
                opened.Add(item);
            }
            else
            {
                string text = $"{item.Path}: its labels are those of an image before; the image is left out.";
                findings.Add(new Finding(FindingKind.DuplicateId, item.Path, text));
            }
        }
        if (opened.Count > 0 && opened.All(item => item.Lines is null && item.Problem is null))
        {
            throw new DataException(
                $"{folder}: no image of split {split} has a label file; expected such as {opened[0].LabelFile}."
            );
        }
        List<ImageRecord> images = [];
        TurnedImages turned = new();
        long id = 0;
        for (int i = 0; i < opened.Count; i++)
        {
            if (opened[i] is not { Header: { } header, Problem: null } item)
            {
                findings.Add(opened[i].Problem!);
                continue;
            }
            ImageSize size = turned.FrameOf(item.Path, header, stated: null).Size;
            ImageRecord image = new(i + 1, item.Path, Path.GetFileName(item.Path), size.Width, size.Height, []);
            images.Add(
                item.Lines is null
                    ? image
                    : image with
                    {
                        Boxes = YoloLabels.Read(item.LabelFile, item.Lines, image, names.Count, findings, ref id),
                    }
            );
        }
        findings.AddRange(LabelsWithoutImage(sources, labelled));
        findings.AddRange(turned.Findings());
        return new Dataset(
            DatasetLayout.NameOf(folder),
            split,
            [.. names.Select((name, place) => new ClassName(place, name))],
            images,
            findings
        )
        {
            TurnedImages = turned.Count,
        };
    }

    private static IEnumerable<string> ImagesOf(string source)
    {
        if (Directory.Exists(source))
        {
            return ImageFiles.In(source, SearchOption.AllDirectories);
        }
        string folder = Path.GetDirectoryName(Path.GetFullPath(source))!;
        return AnnotationText
            .Lines(source)
            .Select(line => line.Trim())
            .Where(line => line.Length > 0)
            .Select(line => Path.GetFullPath(Path.Combine(folder, line)));
    }

    private static Opened Open(string path)
    {
        string labels = LabelFile(path);
        if (!File.Exists(path))
        {
            string text = $"{path}: the image does not exist; it is left out.";
            return new Opened(path, labels, null, null, new Finding(FindingKind.MissingImage, path, text));
        }
        (ImageHeader? header, Finding? unreadable) = ImageFiles.ReadHeader(path);
        if (unreadable is not null || !File.Exists(labels))
        {
            return new Opened(path, labels, header, null, unreadable);
        }
        try
        {
            return new Opened(path, labels, header, File.ReadAllLines(labels), null);
        }
        catch (Exception error) when (AnnotationText.IsUnreadable(error))
        {
            string text = $"{labels}: the file cannot be read: {error.Message.TrimEnd('.')}; the image is left out.";
            return new Opened(path, labels, header, null, new Finding(FindingKind.UnreadableLabel, labels, text));
        }
    }

    /// <summary>In the folder of labels, or beside the image, where older tools put it.</summary>
    private static string LabelFile(string image)
    {
        string folder = Path.GetDirectoryName(image)!;
        string name = Path.GetFileNameWithoutExtension(image) + YoloLabels.Extension;
        string usual = Path.Combine(YoloLayout.LabelFolder(folder), name);
        string beside = Path.Combine(folder, name);
        return !File.Exists(usual) && File.Exists(beside) ? beside : usual;
    }

    private static IEnumerable<Finding> LabelsWithoutImage(IEnumerable<string> sources, HashSet<string> labelled) =>
        sources
            .Where(Directory.Exists)
            .Select(YoloLayout.LabelFolder)
            .Where(Directory.Exists)
            .SelectMany(folder =>
                Directory.EnumerateFiles(folder, "*" + YoloLabels.Extension, SearchOption.AllDirectories)
            )
            .Order(StringComparer.Ordinal)
            .Where(file => !labelled.Contains(file) && !ClassFile.Names.Contains(Path.GetFileName(file)))
            .Select(file => new Finding(
                FindingKind.MissingImage,
                file,
                $"{file}: no image has this name; the labels are left out."
            ));

    /// <summary>An image and what its label file says.</summary>
    /// <param name="Path">The image's.</param>
    /// <param name="LabelFile">The file that belongs to it.</param>
    /// <param name="Header">The image's; null when it cannot be read.</param>
    /// <param name="Lines">Null when there is no label file.</param>
    /// <param name="Problem">Why the image is left out; null when it is not.</param>
    private sealed record Opened(string Path, string LabelFile, ImageHeader? Header, string[]? Lines, Finding? Problem);
}
