namespace DynamicRcnn.Data;

/// <summary>An image of a COCO file.</summary>
/// <param name="Record">With the size that is stated, or else that of the upright picture; without boxes.</param>
/// <param name="Header">Its file's.</param>
/// <param name="Stated">The size that the file states; null where it states none.</param>
internal sealed record CocoImage(ImageRecord Record, ImageHeader Header, ImageSize? Stated);

/// <summary>Reads the images of a COCO file.</summary>
internal static class CocoImages
{
    private const int LongestSide = 1_000_000;

    /// <param name="list">The file's array of images.</param>
    /// <param name="pictures">Where they may lie.</param>
    /// <param name="findings">Takes what is wrong.</param>
    internal static List<CocoImage> Read(IEnumerable<JsonField> list, CocoPictures pictures, List<Finding> findings)
    {
        List<(Entry Entry, string Path)> located = Locate([.. list.Select(ReadEntry)], pictures, findings);
        List<CocoImage> images = [];
        Dictionary<string, Entry> byPath = new(StringComparer.Ordinal);
        FindingTally sizes = new(FindingKind.SizeFromHeader);
        foreach (
            ((Entry entry, string path), (ImageHeader? read, Finding? unreadable)) in located.Zip(
                InOrder.Map(located, found => ImageFiles.ReadHeader(found.Path, found.Entry.Size))
            )
        )
        {
            if (read is not { } header)
            {
                findings.Add(unreadable!);
                continue;
            }
            ImageSize size = entry.Size ?? header.Size;
            if (entry.Size is null)
            {
                string text =
                    $"the size of {AnnotationText.Quote(entry.Name)} is not stated; its file's {size.Width} x {size.Height} is taken";
                sizes.Add(entry.Field.File, entry.Field.Place, text);
            }
            if (!byPath.TryAdd(path, entry))
            {
                Entry before = byPath[path];
                string text =
                    $"file_name {AnnotationText.Quote(entry.Name)} is that of image id {before.Id} too; both images are read from the one file, each with its boxes";
                findings.Add(entry.Field.Found(FindingKind.SharedFile, text));
            }
            ImageRecord record = new(entry.Id, path, entry.Name, size.Width, size.Height, []);
            images.Add(new CocoImage(record, header, entry.Size));
        }
        findings.AddRange(sizes.Findings);
        return images;
    }

    /// <summary>The images that have a file and an id of their own.</summary>
    private static List<(Entry, string)> Locate(Entry[] entries, CocoPictures pictures, List<Finding> findings)
    {
        string folder = pictures.Choose([.. entries.Select(entry => entry.Name)]);
        List<(Entry, string)> located = [];
        HashSet<long> seen = [];
        FindingTally foreign = new(FindingKind.ForeignPath);
        foreach (Entry entry in entries)
        {
            CocoPicture picture = pictures.Locate(folder, entry.Name);
            if (Problem(entry, picture, folder, seen) is { } problem)
            {
                findings.Add(problem);
                continue;
            }
            if (picture.IsGuess)
            {
                string text =
                    $"file_name {AnnotationText.Quote(entry.Name)} is a path of another machine; {picture.Path} is taken";
                foreign.Add(entry.Field.File, entry.Field.Place, text);
            }
            located.Add((entry, picture.Path!));
        }
        findings.AddRange(foreign.Findings);
        return located;
    }

    private static Finding? Problem(Entry entry, CocoPicture picture, string folder, HashSet<long> seen)
    {
        if (picture.Path is null && (picture.Expected is null || Directory.Exists(picture.Expected)))
        {
            bool isEmpty = string.IsNullOrWhiteSpace(entry.Name);
            return entry.Field.Found(
                picture.Expected is null && !isEmpty ? FindingKind.NameOutsideFolder : FindingKind.MissingImage,
                isEmpty ? "file_name is empty; the image is left out"
                    : picture.Expected is null
                        ? $"file_name {AnnotationText.Quote(entry.Name)} leads out of {folder}; the image is left out"
                    : $"file_name {AnnotationText.Quote(entry.Name)} names a folder; the image is left out"
            );
        }
        if (!seen.Add(entry.Id))
        {
            string text = $"image id {entry.Id} again; {AnnotationText.Quote(entry.Name)} is left out";
            return entry.Field.Found(FindingKind.DuplicateId, text) with { File = picture.Path ?? entry.Field.File };
        }
        return picture.Path is null
            ? entry.Field.Found(FindingKind.MissingImage, $"{picture.Expected} does not exist; the image is left out")
            : null;
    }

    private static Entry ReadEntry(JsonField image)
    {
        long id = image.Require("id").Integer();
        string name = image.Require("file_name").Text();
        return Side(image, "width") is { } width && Side(image, "height") is { } height
            ? new Entry(image, id, name, new ImageSize(width, height))
            : new Entry(image, id, name, null);
    }

    /// <summary>Tools that do not know a side write none, null, 0 or -1.</summary>
    private static int? Side(JsonField image, string name) =>
        !image.TryGet(name, out JsonField field) ? null
        : field.Integer() is var side && side <= 0 ? null
        : side <= LongestSide ? (int)side
        : throw field.Wrong($"a side between 1 and {LongestSide} pixels");

    /// <summary>An image as the file has it.</summary>
    private sealed record Entry(JsonField Field, long Id, string Name, ImageSize? Size);
}
