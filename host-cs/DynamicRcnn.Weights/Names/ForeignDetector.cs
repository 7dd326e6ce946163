using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>The tensors of another program's detector under our names, and what else its file holds.</summary>
/// <param name="Names">Whose names they were.</param>
/// <param name="Tensors">By our names. The rows of the classes are in the order of <see cref="NameTable.BackgroundFirst"/>.</param>
/// <param name="FileNames">By our names, the names in the file.</param>
/// <param name="Beside">Tensors that a detector here does not need, by the program's names.</param>
/// <param name="Unknown">Names in the file that the table does not know.</param>
/// <param name="Prefix">What the model's names in the file begin with before the program's names; usually empty.</param>
/// <param name="Outside">Names in the file that are none of the model's: a metric's buffers, the moving averages that MMDetection 2 keeps among the weights.</param>
public sealed record ForeignDetector(
    NameTable Names,
    IReadOnlyDictionary<string, StoredTensor> Tensors,
    IReadOnlyDictionary<string, string> FileNames,
    IReadOnlyDictionary<string, StoredTensor> Beside,
    IReadOnlyList<string> Unknown,
    string Prefix,
    IReadOnlyList<string> Outside
)
{
    private const string Backbone = "backbone.";

    /// <summary>What MMDetection 2 puts before the name of a weight's moving average, whose dots become underscores.</summary>
    internal const string EmaTwin = "ema_";

    /// <summary>The detector in a file; null when it has no name of a detector's parts behind the backbone.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="RunException">Two tensors of the file are the same tensor of a detector, or it holds two detectors.</exception>
    public static ForeignDetector? TryOf(string path, TensorFile file)
    {
        (NameTable names, IReadOnlyDictionary<string, int> known) = NameTables
            .All.Select(table =>
                (table, NamePrefix.Known(file.Tensors.Keys, name => IsBehindBackbone(table.ToOurs(name))))
            )
            .MaxBy(entry => entry.Item2.Values.DefaultIfEmpty().Max());
        return known.Count > 0 ? Of(path, file, names, NamePrefix.Best(path, known)) : null;
    }

    /// <summary>The tensors in another order of the classes' rows.</summary>
    /// <param name="backgroundFirst">The order that is wanted.</param>
    public IReadOnlyDictionary<string, StoredTensor> InOrder(bool backgroundFirst) =>
        Tensors.ToDictionary(
            pair => pair.Key,
            pair => ClassRows.Ordered(pair.Key, pair.Value, Names.BackgroundFirst, backgroundFirst)
        );

    /// <summary>A detector of ours under another program's names and in its order of rows.</summary>
    /// <param name="tensors">By our names.</param>
    /// <param name="backgroundFirst">The order of their rows.</param>
    /// <param name="names">The other program's names.</param>
    /// <param name="beside">What else its file holds.</param>
    /// <exception cref="RunException">The other program has no such part.</exception>
    public static IReadOnlyDictionary<string, StoredTensor> ToTheirs(
        IReadOnlyDictionary<string, StoredTensor> tensors,
        bool backgroundFirst,
        NameTable names,
        IReadOnlyDictionary<string, StoredTensor> beside
    )
    {
        Dictionary<string, StoredTensor> theirs = new(beside);
        foreach ((string ours, StoredTensor tensor) in tensors)
        {
            string name =
                names.ToTheirs(ours, tensors.ContainsKey)
                ?? throw new RunException($"{names.Title} has no name for the tensor '{ours}'.");
            theirs.Add(name, ClassRows.Ordered(ours, tensor, backgroundFirst, names.BackgroundFirst));
        }
        return theirs;
    }

    private static bool IsBehindBackbone(string? ours) =>
        ours is not null && !ours.StartsWith(Backbone, StringComparison.Ordinal);

    private static ForeignDetector Of(string path, TensorFile file, NameTable names, string prefix)
    {
        Dictionary<string, StoredTensor> tensors = [];
        Dictionary<string, string> fileNames = [];
        Dictionary<string, StoredTensor> beside = [];
        List<string> unknown = [];
        List<string> outside = [];
        HashSet<string> averages =
        [
            .. file
                .Tensors.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => EmaTwin + name[prefix.Length..].Replace('.', '_')),
        ];
        foreach ((string name, StoredTensor tensor) in file.Tensors)
        {
            string theirs = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : "";
            if (theirs.Length == 0 || averages.Contains(theirs))
            {
                outside.Add(name);
            }
            else if (names.IsBeside(theirs))
            {
                beside.Add(theirs, tensor);
            }
            else if (names.ToOurs(theirs) is not { } ours)
            {
                unknown.Add(name);
            }
            else if (!tensors.TryAdd(ours, tensor))
            {
                throw new RunException(
                    $"{path}: '{FileText.Shown(fileNames[ours])}' and '{FileText.Shown(name)}' are the same tensor of a detector; expected it once."
                );
            }
            else
            {
                fileNames.Add(ours, name);
            }
        }
        return new ForeignDetector(names, tensors, fileNames, beside, unknown, prefix, outside);
    }
}
