namespace DynamicRcnn.Weights;

/// <summary>What a file of weights has, lacks and has beside, compared with what a detector or a backbone consists of.</summary>
/// <param name="Found">Tensors that are there, by our names.</param>
/// <param name="Missing">Tensors that are not, by the file's names.</param>
/// <param name="Unknown">Tensors of the file that have no place, by the file's names.</param>
/// <param name="Wrong">Tensors of another shape or with impossible values: the file's name and what is wrong.</param>
/// <param name="Beside">Tensors of the file that are not needed, by the file's names.</param>
public sealed record WeightInventory(
    IReadOnlyList<string> Found,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unknown,
    IReadOnlyList<string> Wrong,
    IReadOnlyList<string> Beside
)
{
    /// <summary>Names that are listed before the rest is counted.</summary>
    private const int MostNames = 20;

    /// <summary>Nothing is missing, unknown or wrong.</summary>
    public bool IsWhole => Missing.Count + Unknown.Count + Wrong.Count == 0;

    /// <summary>The lists as aligned lines: parts and counts of what is there, the names of what is not or should not be.</summary>
    public IEnumerable<string> Lines()
    {
        yield return $"  found       {Counted(Found, name => name.Split('.')[0])}";
        foreach (string line in Named("missing", Missing).Concat(Named("unknown", Unknown)))
        {
            yield return line;
        }
        foreach (string line in Wrong.Count == 0 ? [] : Named("wrong", Wrong))
        {
            yield return line;
        }
        if (Beside.Count > 0)
        {
            yield return $"  not needed  {Counted(Beside, Kind)}";
        }
    }

    private static string Counted(IReadOnlyList<string> names, Func<string, string> kind)
    {
        IEnumerable<string> kinds = names
            .GroupBy(kind)
            .Select(group => $"{FileText.Shown(group.Key)} {group.Count()}")
            .Take(MostNames);
        return names.Count == 0 ? "none" : $"{names.Count} ({string.Join(", ", kinds)})";
    }

    // Of counters of batches the end of the name says what they are, of numbered anchors the word before the number.
    private static string Kind(string name) =>
        name.StartsWith(ForeignDetector.EmaTwin, StringComparison.Ordinal) ? $"{ForeignDetector.EmaTwin}..."
        : name.Split('.') is [.., var before, var last] ? (last.All(char.IsAsciiDigit) ? before : last)
        : name;

    private static IEnumerable<string> Named(string what, IReadOnlyList<string> names)
    {
        yield return $"  {what, -11} {(names.Count == 0 ? "none" : names.Count)}";
        foreach (string name in names.Take(MostNames))
        {
            yield return $"    {FileText.Shown(name)}";
        }
        if (names.Count > MostNames)
        {
            yield return $"    and {names.Count - MostNames} more";
        }
    }

    /// <param name="expected">Names, by ours, and shapes.</param>
    /// <param name="tensors">What there is, by our names.</param>
    /// <param name="unknown">Names in the file that mean nothing here.</param>
    /// <param name="beside">Names in the file that are not needed.</param>
    /// <param name="theirs">The file's name of a tensor.</param>
    internal static WeightInventory Of(
        IEnumerable<(string Name, long[] Shape)> expected,
        IReadOnlyDictionary<string, StoredTensor> tensors,
        IEnumerable<string> unknown,
        IEnumerable<string> beside,
        Func<string, string> theirs
    )
    {
        Dictionary<string, long[]> shapes = expected.ToDictionary(entry => entry.Name, entry => entry.Shape);
        return new WeightInventory(
            [.. shapes.Keys.Where(tensors.ContainsKey)],
            [.. shapes.Keys.Where(name => !tensors.ContainsKey(name)).Select(theirs)],
            [.. unknown, .. tensors.Keys.Where(name => !shapes.ContainsKey(name)).Select(theirs)],
            [
                .. shapes
                    .Where(entry => tensors.ContainsKey(entry.Key))
                    .Select(entry => (theirs(entry.Key), WeightProblems.Of(entry.Key, tensors[entry.Key], entry.Value)))
                    .Where(entry => entry.Item2 is not null)
                    .Select(entry => $"{entry.Item1} {entry.Item2}"),
            ],
            [.. beside]
        );
    }
}
