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
            : (deep ? Deep(folder, Path.GetFullPath(folder), []) : Directory.EnumerateFiles(folder, "*", visible))
                .Where(file =>
                    extension is null || Path.GetExtension(file).Equals(extension, StringComparison.OrdinalIgnoreCase)
                )
                .Order(StringComparer.Ordinal);

    /// <summary>The folders in a folder in ordinal order.</summary>
    internal static IEnumerable<string> Folders(string folder) =>
        Directory.EnumerateDirectories(folder, "*", visible).Order(StringComparer.Ordinal);

    /// <summary>The folders that are called like splits, by the program's name for each.</summary>
    internal static IReadOnlyList<(string Split, string Folder)> Splits(string parent)
    {
        string[] found = [.. DatasetLayout.SplitFolders.Select(name => Folder(parent, name)).OfType<string>()];
        return [.. DatasetLayout.NamesOf(found.Select(folder => Path.GetFileName(folder))).Zip(found)];
    }

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

    /// <summary>The files of a folder and of those in it; of folders that links lead to again and again each is entered once.</summary>
    /// <param name="folder">As its files are named.</param>
    /// <param name="real">The folder without links.</param>
    /// <param name="entered">Those that were entered, without links.</param>
    private static IEnumerable<string> Deep(string folder, string real, HashSet<string> entered)
    {
        if (!entered.Add(real))
        {
            yield break;
        }
        foreach (string file in Directory.EnumerateFiles(folder, "*", visible))
        {
            yield return file;
        }
        foreach (string inner in Directory.EnumerateDirectories(folder, "*", visible))
        {
            string? target = Directory.ResolveLinkTarget(inner, returnFinalTarget: true)?.FullName;
            foreach (string file in Deep(inner, target ?? Path.Combine(real, Path.GetFileName(inner)), entered))
            {
                yield return file;
            }
        }
    }

    // Names with a dot are hidden ones here.
    private static readonly EnumerationOptions visible = new()
    {
        AttributesToSkip = FileAttributes.Hidden,
        IgnoreInaccessible = false,
    };
}
