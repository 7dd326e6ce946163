namespace DynamicRcnn.Data;

/// <summary>
/// Looks for what data sets consist of, in any case of its name. What begins with a dot belongs to a file manager or an editor, never to
/// the data.
/// </summary>
internal static class FolderNames
{
    /// <summary>The first of the folders that is there.</summary>
    internal static string? Folder(string parent, params IEnumerable<string> names) =>
        Directory.Exists(parent) ? Find(parent, names, Directory.Exists, Directory.EnumerateDirectories) : null;

    /// <summary>The first of the files that is there.</summary>
    internal static string? File(string parent, params IEnumerable<string> names) =>
        Directory.Exists(parent) ? Find(parent, names, System.IO.File.Exists, Directory.EnumerateFiles) : null;

    /// <summary>The files of a folder in ordinal order.</summary>
    /// <param name="folder">Nothing where it is not there.</param>
    /// <param name="extension">With its dot, in any case; null: all.</param>
    /// <param name="deep">Those of the folders in it too.</param>
    internal static IEnumerable<string> Files(string folder, string? extension = null, bool deep = false) =>
        !Directory.Exists(folder)
            ? []
            : Directory
                .EnumerateFiles(folder, "*", Visible(deep))
                .Where(file =>
                    extension is null || Path.GetExtension(file).Equals(extension, StringComparison.OrdinalIgnoreCase)
                )
                .Order(StringComparer.Ordinal);

    /// <summary>The folders in a folder in ordinal order.</summary>
    internal static IEnumerable<string> Folders(string folder) =>
        Directory.EnumerateDirectories(folder, "*", Visible(deep: false)).Order(StringComparer.Ordinal);

    /// <summary>The folders that are called like splits, by the program's name for each; of two for a split the more usual name.</summary>
    internal static IReadOnlyList<(string Split, string Folder)> Splits(string parent) =>
        [
            .. DatasetLayout
                .SplitFolders.Select(name => Folder(parent, name))
                .OfType<string>()
                .Select(found => (DatasetLayout.SplitOf(Path.GetFileName(found)), found))
                .DistinctBy(found => found.Item1),
        ];

    private static string? Find(
        string parent,
        IEnumerable<string> names,
        Func<string, bool> exists,
        Func<string, IEnumerable<string>> list
    )
    {
        string[]? there = null;
        foreach (string name in names)
        {
            string usual = Path.Combine(parent, name);
            if (exists(usual))
            {
                return usual;
            }
            there ??= [.. list(parent).Order(StringComparer.Ordinal)];
            string? other = Array.Find(
                there,
                path => Path.GetFileName(path).Equals(name, StringComparison.OrdinalIgnoreCase)
            );
            if (other is not null)
            {
                return other;
            }
        }
        return null;
    }

    // Names with a dot are hidden ones here.
    private static EnumerationOptions Visible(bool deep) =>
        new()
        {
            AttributesToSkip = FileAttributes.Hidden,
            IgnoreInaccessible = false,
            RecurseSubdirectories = deep,
        };
}
