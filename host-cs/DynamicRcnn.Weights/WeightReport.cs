namespace DynamicRcnn.Weights;

/// <summary>A tensor of the detector that weights did not fill.</summary>
/// <param name="Name">Its name in the detector.</param>
/// <param name="Reason">Why it starts from scratch, such as <c>the file lacks it</c>.</param>
public sealed record FreshTensor(string Name, string Reason);

/// <summary>What became of each tensor when weights were read into a detector.</summary>
/// <param name="Part">What was to be filled: <c>the backbone</c> or <c>the detector</c>.</param>
/// <param name="Loaded">Tensors of the detector that were filled.</param>
/// <param name="Fresh">Tensors of that part that were not.</param>
/// <param name="Ignored">Tensors of the file that the part has no place for, by the file's names.</param>
/// <param name="Notes">Sentences about what else a reader of the log should know.</param>
public sealed record WeightReport(
    string Part,
    IReadOnlyList<string> Loaded,
    IReadOnlyList<FreshTensor> Fresh,
    IReadOnlyList<string> Ignored,
    IReadOnlyList<string> Notes
)
{
    /// <summary>Groups of names that are listed before the rest is counted.</summary>
    private const int MostGroups = 8;
    private const string Counter = "num_batches_tracked";

    /// <summary>The report as lines of a log: what was loaded, what was not and why, what the file holds beside it.</summary>
    /// <param name="path">The file.</param>
    public IEnumerable<string> Lines(string path)
    {
        string whole = Fresh.Count == 0 ? "; no layer of it starts from scratch" : "";
        yield return $"weights {path}: {Tensors(Loaded.Count)} loaded into {Part}{whole}";
        foreach (IGrouping<string, FreshTensor> reason in Fresh.GroupBy(tensor => tensor.Reason))
        {
            yield return $"from scratch: {List(reason.Select(tensor => LayerOf(tensor.Name)))}, because {reason.Key}";
        }
        if (Ignored.Count > 0)
        {
            yield return $"ignored in the file: {List(Ignored.Select(GroupOf))}";
        }
        foreach (string note in Notes)
        {
            yield return note;
        }
    }

    private static string List(IEnumerable<string> groups)
    {
        string[] counted =
        [
            .. groups
                .GroupBy(group => group)
                .Select(group => $"{FileText.Shown(group.Key)} ({Tensors(group.Count())})"),
        ];
        string rest = counted.Length > MostGroups ? $" and {counted.Length - MostGroups} more" : "";
        return string.Join(", ", counted.Take(MostGroups)) + rest;
    }

    /// <summary>A number of tensors for a sentence.</summary>
    internal static string Tensors(int count) => count == 1 ? "1 tensor" : $"{count} tensors";

    // backbone.layer4.0.conv1.weight belongs to backbone.layer4.
    private static string LayerOf(string name) => string.Join('.', name.Split('.').Take(2));

    // layer4.0.conv1.weight belongs to layer4; each norm of torchvision counts its batches.
    private static string GroupOf(string name)
    {
        string[] parts = name.Split('.');
        return parts[^1] == Counter ? Counter
            : name.StartsWith(ForeignDetector.EmaTwin, StringComparison.Ordinal) ? $"{ForeignDetector.EmaTwin}..."
            : parts[0];
    }
}
