namespace DynamicRcnn.Data;

/// <summary>
/// Reads data sets with an annotation for each image. Classes are those of classes.txt or obj.names where the folder has one, else the
/// names in all splits' annotations in ordinal order, so that all splits agree; ids start from 1. Difficult objects become crowds: VOC
/// neither asks for nor counts them, and they take no part in training.
/// </summary>
internal static class PerImageReader
{
    /// <param name="folder">The data set's, where a file of classes may lie.</param>
    /// <param name="part">What to read.</param>
    /// <param name="parts">All splits, for the names of the classes.</param>
    /// <exception cref="DataException">No annotation names an object, or the file of classes cannot be used.</exception>
    internal static Dataset Read(string folder, PerImagePart part, IReadOnlyList<PerImagePart> parts)
    {
        string? classFile = ClassFile.Find(folder);
        Dictionary<string, ImageAnnotation> own = ReadAnnotations(part);
        List<ClassName> classes = Classes(
            folder,
            classFile,
            () =>
                [
                    .. parts
                        .Where(other => other.Source != part.Source)
                        .SelectMany(other => ReadAnnotations(other).Values),
                    .. own.Values,
                ]
        );
        Dictionary<string, int> labels = classes.Select((name, label) => (name.Name, label)).ToDictionary();
        List<Finding> findings = [.. part.Findings];
        FindingTally foreign = new(FindingKind.ForeignPath);
        FileLookup lookup = new();
        (OpenedImage? Image, Finding? Problem)[] opened = InOrder.Map(
            part.Names,
            name => OpenImage(part, name, own.GetValueOrDefault(name), lookup)
        );
        List<ImageRecord> images = [];
        TurnedImages turned = new();
        HashSet<string> seen = new(StringComparer.Ordinal);
        long id = 0;
        foreach ((int place, string name) in part.Names.Index())
        {
            (OpenedImage? image, Finding? problem) = opened[place];
            if (!seen.Add(name))
            {
                findings.Add(LeftOut(FindingKind.DuplicateId, part.Source, $"'{name}' again"));
            }
            else if (image is null)
            {
                findings.Add(problem!);
            }
            else
            {
                if (image.IsGuess)
                {
                    string text =
                        $"{AnnotationText.Quote(own[name].ImageName!)} is a path of another machine; {image.Path} is taken";
                    foreign.Add(own[name].File, $"{own[name].File}: {name}", text);
                }
                BoxFrame frame = turned.FrameOf(image.Path, image.Header, own[name].Size);
                (int width, int height) = frame.UprightSize;
                IReadOnlyList<GroundTruthBox> boxes = frame.OnUpright(
                    ReadBoxes(own[name], frame.Size, labels, classFile, findings, ref id)
                );
                images.Add(new ImageRecord(place + 1, image.Path, Path.GetFileName(image.Path), width, height, boxes));
            }
        }
        findings.AddRange(ImageFiles.NoPictures(ImageFiles.StrangersBeside([.. images.Select(image => image.Path)])));
        findings.AddRange([.. foreign.Findings, .. turned.Findings]);
        return new Dataset(DatasetLayout.NameOf(folder), part.Split, classes, images, findings)
        {
            TurnedImages = turned.Count,
        };
    }

    /// <summary>The annotations whose names stay in their folder.</summary>
    private static Dictionary<string, ImageAnnotation> ReadAnnotations(PerImagePart part)
    {
        string folder = Path.GetFullPath(part.AnnotationFolder);
        IEnumerable<string> usable = part
            .Names.Distinct(StringComparer.Ordinal)
            .Where(name =>
                Path.GetFullPath(Path.Combine(folder, name))
                    .StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            );
        return InOrder.Map(usable, name => (name, part.Read(name))).ToDictionary(StringComparer.Ordinal);
    }

    private static List<ClassName> Classes(string folder, string? classFile, Func<ImageAnnotation[]> readAll)
    {
        if (classFile is not null)
        {
            return [.. ClassFile.Read(classFile).Select((name, place) => new ClassName(place + 1, name))];
        }
        ImageAnnotation[] annotations = readAll();
        List<ClassName> classes =
        [
            .. annotations
                .SelectMany(annotation => annotation.Objects)
                .Select(item => item.ClassName)
                .Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select((name, place) => new ClassName(place + 1, name)),
        ];
        string? first = annotations
            .SelectMany(annotation =>
                annotation.Problem is null
                    ? annotation.BadObjects.Select(found => found.Message)
                    : [annotation.Sentence]
            )
            .FirstOrDefault();
        return classes.Count > 0
            ? classes
            : throw new DataException(
                $"{folder}: no annotation holds an object; expected at least one{(first is null ? "." : $", but {first}")}"
            );
    }

    private static (OpenedImage? Image, Finding? Problem) OpenImage(
        PerImagePart part,
        string name,
        ImageAnnotation? annotation,
        FileLookup lookup
    )
    {
        if (annotation is null)
        {
            string problem = $"'{name}' leads out of {part.AnnotationFolder}";
            return (null, LeftOut(FindingKind.NameOutsideFolder, part.Source, problem));
        }
        if (annotation.Problem is { } unusable)
        {
            return (null, LeftOut(FindingKind.UnreadableLabel, annotation.File, unusable));
        }
        if (FindImage(part, name, annotation, lookup) is not (string path, var isGuess))
        {
            string expected = Path.Combine(part.ImageFolders[0], name);
            string ending = ImageNames.IsImage(name) ? "" : ".jpg, .png or the like";
            return (null, LeftOut(FindingKind.MissingImage, part.Source, $"there is no {expected}{ending}"));
        }
        (ImageHeader? read, Finding? unreadable) = ImageFiles.ReadHeader(path, annotation.Size);
        return (read is { } header ? new OpenedImage(path, header, isGuess) : null, unreadable);
    }

    /// <summary>The image that is called like the annotation; without one that which the annotation names, or whose path ends so.</summary>
    /// <returns>The path, and whether it was made of another machine's.</returns>
    private static (string Path, bool IsGuess)? FindImage(
        PerImagePart part,
        string name,
        ImageAnnotation annotation,
        FileLookup lookup
    )
    {
        string? called = part
            .ImageFolders.Select(folder => ImageFiles.Find(Path.Combine(folder, name), lookup))
            .FirstOrDefault(found => found is not null);
        if (called is not null)
        {
            return (called, false);
        }
        string written = annotation.ImageName ?? "";
        string? ends = FileLookup
            .Ends(written)
            .SelectMany(end => part.ImageFolders.Select(folder => lookup.Find(Path.Combine(folder, end))))
            .FirstOrDefault(found => found is not null && ImageNames.IsImage(found));
        return ends is null ? null : (ends, FileLookup.IsRooted(written) && Path.GetFullPath(ends) != written);
    }

    private static Finding LeftOut(FindingKind kind, string file, string text) =>
        new(kind, file, $"{file}: {text}; the image is left out.");

    private static IReadOnlyList<GroundTruthBox> ReadBoxes(
        ImageAnnotation annotation,
        ImageSize size,
        Dictionary<string, int> labels,
        string? classFile,
        List<Finding> findings,
        ref long id
    )
    {
        findings.AddRange(annotation.BadObjects);
        BoxCollector boxes = new(annotation.File, size.Width, size.Height, findings);
        foreach (AnnotatedObject item in annotation.Objects)
        {
            string where = $"{annotation.File}: {item.Place}";
            if (labels.TryGetValue(item.ClassName, out int label))
            {
                boxes.Add(() => (where, item.Quote), item.Box, label, item.Difficult, area: null, ++id, item.Difficult);
            }
            else
            {
                string name = AnnotationText.Quote(item.ClassName);
                string text = $"{where}: name is {name}; expected a class of {classFile}; the box is left out.";
                findings.Add(new Finding(FindingKind.UnknownCategory, annotation.File, text) { Place = where });
            }
        }
        return boxes.Boxes;
    }

    /// <summary>An image that can be used, and its header.</summary>
    private sealed record OpenedImage(string Path, ImageHeader Header, bool IsGuess);
}
