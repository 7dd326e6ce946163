namespace DynamicRcnn.Data;

/// <summary>Darknet's obj.data: <c>key = value</c> in each line, the names of the classes and a list of images for each split.</summary>
internal static class DarknetFile
{
    private const string Extension = ".data";

    /// <summary>The one such file of a folder.</summary>
    internal static string? Find(string folder) =>
        FolderNames.File(folder, "obj" + Extension)
        ?? (FolderNames.Files(folder, Extension).Take(2).ToArray() is [string only] && HasNames(only) ? only : null);

    /// <exception cref="DataException">The file names no classes or no list.</exception>
    internal static YoloDataFile Read(string file)
    {
        Dictionary<string, string> entries = Entries(file);
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        if (!entries.TryGetValue("names", out string? names))
        {
            throw new DataException($"{file}: names is missing; expected the file of the classes' names.");
        }
        Dictionary<string, IReadOnlyList<string>> splits = new(StringComparer.Ordinal);
        FileLookup lookup = new();
        string[] given = [.. DatasetLayout.SplitFolders.Where(key => entries.GetValueOrDefault(key, "").Length > 0)];
        foreach ((string key, string split) in given.Zip(DatasetLayout.NamesOf(given)))
        {
            splits.Add(split, [Resolve(own, entries[key], lookup)]);
        }
        return new YoloDataFile(file, ClassFile.Read(Resolve(own, names, lookup)), splits, Root: "", []);
    }

    /// <summary>Paths start from where Darknet was built, and tools write <c>data/</c> for the folder of the file.</summary>
    private static string Resolve(string own, string path, FileLookup lookup) =>
        FileLookup
            .Ends(path)
            .Select(end => lookup.Find(Path.Combine(own, end)))
            .FirstOrDefault(found => found is not null)
        ?? Path.GetFullPath(Path.Combine(own, FileLookup.Slashes(path)));

    private static bool HasNames(string file) => Entries(file).ContainsKey("names");

    private static Dictionary<string, string> Entries(string file)
    {
        Dictionary<string, string> entries = new(StringComparer.OrdinalIgnoreCase);
        foreach (string line in AnnotationText.Lines(file))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && !line.TrimStart().StartsWith('#'))
            {
                entries[line[..equals].Trim()] = line[(equals + 1)..].Trim();
            }
        }
        return entries;
    }
}
