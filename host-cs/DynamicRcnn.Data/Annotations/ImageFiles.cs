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
    /// <param name="path">The file.</param>
    /// <param name="stated">The size that the annotations state; null where they state none.</param>
    /// <returns>The header, or null and why the image is left out.</returns>
    internal static (ImageHeader? Header, Finding? Problem) ReadHeader(string path, ImageSize? stated = null)
    {
        try
        {
            ImageHeader header = ImageCodec.ReadFileHeader(path);
            if (stated is not { } size || size == header.Size || size == header.Stored)
            {
                return (header, null);
            }
            string text =
                $"{path}: the image is {header.Size.Width} x {header.Size.Height}, but its annotation says {size.Width} x {size.Height}; the image is left out.";
            return (null, new Finding(FindingKind.SizeMismatch, path, text));
        }
        catch (ImageException error)
        {
            string text = $"{error.Message.TrimEnd('.')}; the image is left out.";
            return (null, new Finding(FindingKind.UndecodableImage, path, text));
        }
    }
}
