namespace DynamicRcnn.Data;

/// <summary>An image of a COCO file.</summary>
/// <param name="Record">With the size that is stated, or else that of the upright picture; without boxes.</param>
/// <param name="Header">That of a file whose size is not stated; null for all others.</param>
internal sealed record CocoImage(ImageRecord Record, ImageHeader? Header);

/// <summary>Reads the images of a COCO file.</summary>
internal static class CocoImages
{
    private const int LongestSide = 1_000_000;

    /// <param name="list">The file's array of images.</param>
    /// <param name="pictures">Where they may lie.</param>
    /// <param name="findings">Takes what is wrong.</param>
    internal static List<CocoImage> Read(IEnumerable<JsonField> list, CocoPictures pictures, List<Finding> findings)
    {
        Entry[] entries = [.. list.Select(ReadEntry)];
        string folder = pictures.Choose([.. entries.Select(entry => entry.Name)]);
        List<CocoImage> images = [];
        HashSet<long> seen = [];
        Dictionary<string, Entry> byPath = new(StringComparer.Ordinal);
        FindingTally foreign = new(FindingKind.ForeignPath);
        FindingTally sizes = new(FindingKind.SizeFromHeader);
        foreach (Entry entry in entries)
        {
            CocoPicture picture = pictures.Locate(folder, entry.Name);
            if (Problem(entry, picture, folder, seen) is { } problem)
            {
                findings.Add(problem);
                continue;
            }
            string path = picture.Path!;
            if (picture.IsGuess)
            {
                string text = $"file_name '{entry.Name}' is a path of another machine; {path} is taken";
                foreign.Add(entry.Field.File, entry.Field.Place, text);
            }
            ImageHeader? header = null;
            if (entry.Size is not { } size)
            {
                (header, Finding? unreadable) = ImageFiles.ReadHeader(path);
                if (unreadable is not null)
                {
                    findings.Add(unreadable);
                    continue;
                }
                size = header!.Value.Size;
                string text =
                    $"the size of '{entry.Name}' is not stated; its file's {size.Width} x {size.Height} is taken";
                sizes.Add(entry.Field.File, entry.Field.Place, text);
            }
            if (!byPath.TryAdd(path, entry))
            {
                Entry before = byPath[path];
                string text =
                    $"file_name '{entry.Name}' is that of image id {before.Id} too; both images are read from the one file, each with its boxes";
                findings.Add(entry.Field.Found(FindingKind.SharedFile, text));
            }
            images.Add(new CocoImage(new ImageRecord(entry.Id, path, entry.Name, size.Width, size.Height, []), header));
        }
        findings.AddRange(foreign.Findings);
        findings.AddRange(sizes.Findings);
        return images;
    }

    private static Finding? Problem(Entry entry, CocoPicture picture, string folder, HashSet<long> seen)
    {
        if (picture.Path is null && picture.Expected is null)
        {
            return entry.Field.Found(
                FindingKind.NameOutsideFolder,
                $"file_name '{entry.Name}' leads out of {folder}; the image is left out"
            );
        }
        if (!seen.Add(entry.Id))
        {
            string text = $"image id {entry.Id} again; '{entry.Name}' is left out";
            return entry.Field.Found(FindingKind.DuplicateId, text);
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
