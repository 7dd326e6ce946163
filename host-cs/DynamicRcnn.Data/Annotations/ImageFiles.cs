namespace DynamicRcnn.Data;

/// <summary>The image files of data sets whose annotations do not hold, or cannot be trusted for, their sizes.</summary>
internal static class ImageFiles
{
    /// <summary>What lies among images without being taken for one: labels, lists, and what systems and tools leave behind.</summary>
    private static readonly string[] Companions =
    [
        ".txt",
        ".xml",
        ".json",
        ".yaml",
        ".yml",
        ".csv",
        ".names",
        ".data",
        ".md",
        ".html",
        ".cache",
        ".npy",
        ".ini",
        ".db",
    ];

    /// <summary>The images of a folder, and of those in it where asked for, in ordinal order.</summary>
    internal static IEnumerable<string> In(string folder, SearchOption depth) =>
        FolderNames.Files(folder, deep: depth == SearchOption.AllDirectories).Where(ImageNames.IsImage);

    /// <summary>What else lies there although nothing is known of it.</summary>
    internal static IEnumerable<string> StrangersIn(string folder, SearchOption depth) =>
        FolderNames
            .Files(folder, deep: depth == SearchOption.AllDirectories)
            .Where(file =>
                !ImageNames.IsImage(file)
                && !Companions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)
            );

    /// <summary>What else lies in the folders of images, although nothing is known of it.</summary>
    internal static IEnumerable<string> StrangersBeside(IReadOnlyCollection<string> images)
    {
        HashSet<string> known = new(images, StringComparer.Ordinal);
        return images
            .Select(image => Path.GetDirectoryName(image)!)
            .Distinct(StringComparer.Ordinal)
            .SelectMany(folder => StrangersIn(folder, SearchOption.TopDirectoryOnly))
            .Where(file => !known.Contains(file));
    }

    /// <summary>The findings that these are.</summary>
    internal static IReadOnlyList<Finding> NoPictures(IEnumerable<string> files)
    {
        FindingTally tally = new(FindingKind.NoPicture);
        foreach (string file in files)
        {
            tally.Add(file, file, "it lies among the images and is none by its name; nothing is read of it");
        }
        return tally.Findings;
    }

    /// <summary>The image with a name that is given without its extension; null when there is none.</summary>
    internal static string? Find(string pathWithoutExtension, FileLookup lookup) =>
        ImageNames
            .Extensions.SelectMany(extension => (string[])[extension, extension.ToUpperInvariant()])
            .Select(extension => pathWithoutExtension + extension)
            .FirstOrDefault(File.Exists)
        ?? ImageNames
            .Extensions.Select(extension => lookup.Find(pathWithoutExtension + extension))
            .FirstOrDefault(found => found is not null);

    /// <summary>The header of a file that exists.</summary>
    /// <returns>The header, or null and what is wrong.</returns>
    internal static (ImageHeader? Header, Finding? Problem) ReadHeader(string path)
    {
        try
        {
            return (ImageCodec.ReadFileHeader(path), null);
        }
        catch (ImageException error)
        {
            string text = $"{error.Message.TrimEnd('.')}; the image is left out.";
            return (null, new Finding(FindingKind.UndecodableImage, path, text));
        }
    }

    /// <summary>The header of a file whose picture EXIF turns; null for all others, and for those that decoding will refuse.</summary>
    internal static ImageHeader? ReadTurnedHeader(string path)
    {
        try
        {
            return ImageCodec.ReadFileOrientation(path) == Orientation.Upright ? null : ImageCodec.ReadFileHeader(path);
        }
        catch (ImageException)
        {
            return null;
        }
    }
}
