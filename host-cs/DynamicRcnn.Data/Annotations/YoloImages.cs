namespace DynamicRcnn.Data;

/// <summary>An image and what its label file says.</summary>
/// <param name="Path">The image's.</param>
/// <param name="LabelFile">The file that belongs to it.</param>
/// <param name="Header">The image's; null when it cannot be read.</param>
/// <param name="Lines">Null when there is no label file.</param>
/// <param name="Problem">Why the image is left out; null when it is not.</param>
internal sealed record YoloImage(string Path, string LabelFile, ImageHeader? Header, string[]? Lines, Finding? Problem);

/// <summary>Finds the images of a YOLO split, in folders or lists, and the label file of each.</summary>
internal sealed class YoloImages
{
    private const int Tried = 200;

    private readonly FileLookup lookup = new();
    private readonly FindingTally foreign = new(FindingKind.ForeignPath);

    /// <summary>Lines of lists that were read as paths of another machine.</summary>
    internal IReadOnlyList<Finding> Findings => foreign.Findings;

    /// <summary>The images in the order of their sources.</summary>
    internal IReadOnlyList<YoloImage> Read(IEnumerable<string> sources)
    {
        string[] paths = [.. sources.SelectMany(PathsOf)];
        return InOrder.Map(paths, Open);
    }

    /// <summary>Whether any of the first images of a folder or list has a label file.</summary>
    internal bool HasLabels(string source) =>
        PathsOf(source).Take(Tried).Any(path => File.Exists(path) && File.Exists(LabelFile(path)));

    private IEnumerable<string> PathsOf(string source) =>
        Directory.Exists(source) ? ImageFiles.In(source, SearchOption.AllDirectories) : Listed(source);

    private IEnumerable<string> Listed(string list)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(list))!;
        string[] lines = AnnotationText.Lines(list);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length > 0)
            {
                yield return Resolve(list, folder, line, i + 1);
            }
        }
    }

    /// <summary>A path of a list starts from its folder, or from wherever a tool kept the folder: then its end is there.</summary>
    private string Resolve(string list, string folder, string line, int number)
    {
        string path = Path.GetFullPath(Path.Combine(folder, line));
        if (lookup.Find(path) is { } there)
        {
            return there;
        }
        string? end = FileLookup
            .Ends(line)
            .Select(part => lookup.Find(Path.Combine(folder, part)))
            .FirstOrDefault(found => found is not null);
        if (end is not null && FileLookup.IsRooted(line))
        {
            string text = $"{AnnotationText.Quote(line)} is a path of another machine; {end} is taken";
            foreign.Add(list, $"{list}: line {number}", text);
        }
        return end ?? path;
    }

    private YoloImage Open(string path)
    {
        string labels = LabelFile(path);
        if (!File.Exists(path))
        {
            string text = $"{path}: the image does not exist; it is left out.";
            return new YoloImage(path, labels, null, null, new Finding(FindingKind.MissingImage, path, text));
        }
        (ImageHeader? header, Finding? unreadable) = ImageFiles.ReadHeader(path);
        if (unreadable is not null || !File.Exists(labels))
        {
            return new YoloImage(path, labels, header, null, unreadable);
        }
        try
        {
            return new YoloImage(path, labels, header, InputFile.Lines(labels), null);
        }
        catch (Exception error) when (AnnotationText.IsUnreadable(error))
        {
            string text = $"{labels}: the file cannot be read: {error.Message.TrimEnd('.')}; the image is left out.";
            return new YoloImage(path, labels, header, null, new Finding(FindingKind.UnreadableLabel, labels, text));
        }
    }

    /// <summary>In the folder of labels, or beside the image, where older tools put it.</summary>
    private string LabelFile(string image)
    {
        string folder = Path.GetDirectoryName(image)!;
        string name = Path.GetFileNameWithoutExtension(image) + YoloLabels.Extension;
        string usual = Path.Combine(YoloLayout.LabelFolder(folder), name);
        return lookup.Find(usual) ?? lookup.Find(Path.Combine(folder, name)) ?? usual;
    }
}
