namespace DynamicRcnn.Data;

/// <summary>A folder or file that was recognised as a data set, before anything but its lists is read.</summary>
/// <param name="What">The layout, and what it was recognised by, for people.</param>
/// <param name="Splits">In name order; none when the data set is not split, and then every split's name opens all of it.</param>
/// <param name="Read">Reads one of the splits.</param>
internal sealed record DatasetLayout(string What, IReadOnlyList<string> Splits, Func<string, Dataset> Read)
{
    /// <summary>Further names by which splits may be asked for.</summary>
    internal IReadOnlyDictionary<string, string> Aliases { get; init; } = new Dictionary<string, string>();

    /// <summary>What was guessed about the layout, or passed over.</summary>
    internal IReadOnlyList<Finding> Notes { get; init; } = [];

    /// <summary>The split that a name asks for: its own, a further one, or another tool's word for it; null when there is none.</summary>
    internal string? Find(string name) =>
        Splits.FirstOrDefault(split => split == name)
        ?? Aliases.GetValueOrDefault(name)
        ?? Splits.FirstOrDefault(split => split == SplitOf(name));

    /// <summary>What a data set without splits calls its only part.</summary>
    internal const string Whole = "all";

    /// <summary>Folders that are splits wherever they lie.</summary>
    internal static readonly IReadOnlyList<string> SplitFolders =
    [
        "train",
        "val",
        "valid",
        "validation",
        "dev",
        "test",
    ];

    /// <summary>The program's name for a split that some tools call otherwise or write in capitals.</summary>
    internal static string SplitOf(string folderName) =>
        folderName.ToLowerInvariant() switch
        {
            "valid" or "validation" or "dev" => "val",
            string name when SplitFolders.Contains(name) => name,
            _ => folderName,
        };

    /// <summary>Whether a name is one of a split's.</summary>
    internal static bool IsSplit(string name) => SplitFolders.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The program's names for folders or files that are called like splits; where two are one split, the second keeps its own.</summary>
    internal static IEnumerable<string> NamesOf(IEnumerable<string> given)
    {
        HashSet<string> taken = new(StringComparer.Ordinal);
        return given.Select(name => taken.Add(SplitOf(name)) ? SplitOf(name) : name.ToLowerInvariant());
    }

    internal static string NameOf(string folder) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
}
