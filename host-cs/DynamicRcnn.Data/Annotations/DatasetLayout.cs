namespace DynamicRcnn.Data;

/// <summary>A folder or file that was recognised as a data set, before anything but its lists is read.</summary>
/// <param name="What">The layout, and what it was recognised by, for people.</param>
/// <param name="Splits">In name order; none when the data set is not split, and then every split's name opens all of it.</param>
/// <param name="Read">Reads one of the splits.</param>
internal sealed record DatasetLayout(string What, IReadOnlyList<string> Splits, Func<string, Dataset> Read)
{
    /// <summary>Further names by which a split may be asked for.</summary>
    internal IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>What a data set without splits calls its only part.</summary>
    internal const string Whole = "all";

    /// <summary>Folders that are splits wherever they lie.</summary>
    internal static readonly IReadOnlyList<string> SplitFolders = ["train", "val", "valid", "validation", "test"];

    /// <summary>The program's name for a split that some tools call otherwise or write in capitals.</summary>
    internal static string SplitOf(string folderName) =>
        folderName.ToLowerInvariant() switch
        {
            "valid" or "validation" => "val",
            string name when SplitFolders.Contains(name) => name,
            _ => folderName,
        };

    /// <summary>Whether a name is one of a split's.</summary>
    internal static bool IsSplit(string name) => SplitFolders.Contains(name, StringComparer.OrdinalIgnoreCase);

    internal static string NameOf(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
