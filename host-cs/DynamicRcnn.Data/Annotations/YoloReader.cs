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
        HashSet<string> labelled = new(StringComparer.Ordinal);
        YoloImages reader = new();
        List<YoloImage> opened = EachWithItsLabels(reader.Read(sources), labelled, findings);
        if (opened.Count > 0 && opened.All(item => item.Lines is null && item.Problem is null))
        {
            throw new DataException(
                $"{folder}: no image of split {split} has a label file; expected such as {opened[0].LabelFile}."
            );
        }
        TurnedImages turned = new();
        List<ImageRecord> images = ReadLabels(opened, names.Count, turned, findings);
        findings.AddRange(reader.Findings);
        findings.AddRange(LabelsWithoutImage(sources, labelled));
        findings.AddRange(
            ImageFiles.NoPictures(
                sources
                    .Where(Directory.Exists)
                    .SelectMany(source => ImageFiles.StrangersIn(source, SearchOption.AllDirectories))
            )
        );
        findings.AddRange(turned.Findings);
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

    private static List<YoloImage> EachWithItsLabels(
        IEnumerable<YoloImage> images,
        HashSet<string> labelled,
        List<Finding> findings
    )
    {
        List<YoloImage> own = [];
        foreach (YoloImage item in images)
        {
            if (labelled.Add(item.LabelFile))
            {
                own.Add(item);
            }
            else
            {
                string text = $"{item.Path}: its labels are those of an image before; the image is left out.";
                findings.Add(new Finding(FindingKind.DuplicateId, item.Path, text));
            }
        }
        return own;
    }

    private static List<ImageRecord> ReadLabels(
        List<YoloImage> opened,
        int classCount,
        TurnedImages turned,
        List<Finding> findings
    )
    {
        List<ImageRecord> images = [];
        FindingTally unlabelled = new(FindingKind.Unannotated);
        YoloLabels labels = new(classCount, findings);
        for (int i = 0; i < opened.Count; i++)
        {
            if (opened[i] is not { Header: { } header, Problem: null } item)
            {
                findings.Add(opened[i].Problem!);
                continue;
            }
            ImageSize size = turned.FrameOf(item.Path, header, stated: null).Size;
            ImageRecord image = new(i + 1, item.Path, Path.GetFileName(item.Path), size.Width, size.Height, []);
            if (item.Lines is null)
            {
                string text = $"there is no label file {item.LabelFile}; it is read as an image without objects";
                unlabelled.Add(item.Path, item.Path, text);
            }
            images.Add(
                item.Lines is null ? image : image with { Boxes = labels.Read(item.LabelFile, item.Lines, image) }
            );
        }
        labels.Finish();
        findings.AddRange(unlabelled.Findings);
        return images;
    }

    private static IEnumerable<Finding> LabelsWithoutImage(IEnumerable<string> sources, HashSet<string> labelled) =>
        sources
            .Where(Directory.Exists)
            .Select(YoloLayout.LabelFolder)
            .SelectMany(folder => FolderNames.Files(folder, YoloLabels.Extension, deep: true))
            .Where(file =>
                !labelled.Contains(file)
                && !ClassFile.Names.Contains(Path.GetFileName(file), StringComparer.OrdinalIgnoreCase)
            )
            .Select(file => new Finding(
                FindingKind.MissingImage,
                file,
                $"{file}: no image has this name; the labels are left out."
            ));
}
