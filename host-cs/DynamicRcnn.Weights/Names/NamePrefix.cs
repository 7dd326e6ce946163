using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A file without what its model's names begin with.</summary>
/// <param name="File">The tensors behind the prefix, without it.</param>
/// <param name="Prefix">What was dropped; usually empty.</param>
/// <param name="Outside">Names in the file that do not begin so: a metric's buffers, another model.</param>
internal sealed record UnprefixedFile(TensorFile File, string Prefix, IReadOnlyList<string> Outside);

/// <summary>
/// What the names of a model begin with when it was a part of something larger as it was saved: <c>model.</c> by Lightning, <c>detector.</c>,
/// <c>module.</c> by parallel training.
/// </summary>
internal static class NamePrefix
{
    private const string Module = "module.";
    private const int MostWords = 8;

    /// <summary>Of so many names one must be known, or a model of another kind has a few by chance.</summary>
    private const int LeastShare = 8;

    /// <summary>Words that a compiled, sharded or checkpointed module puts into its names, wherever it stands in the model.</summary>
    private static readonly string[] wrappers = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."];

    /// <summary>The same tensors without the wrappers' words, and without the <c>module.</c> that each name begins with.</summary>
    public static IReadOnlyDictionary<string, T> WithoutWrappers<T>(IReadOnlyDictionary<string, T> tensors)
    {
        if (tensors.Keys.Any(name => wrappers.Any(word => name.Contains(word, StringComparison.Ordinal))))
        {
            Dictionary<string, T> plain = [];
            // Two names that would become one stay two, and are refused by those who look for them.
            tensors = tensors.All(pair => plain.TryAdd(Plain(pair.Key), pair.Value)) ? plain : tensors;
        }
        return tensors.Keys.All(name => name.StartsWith(Module, StringComparison.Ordinal))
            ? tensors.ToDictionary(pair => pair.Key[Module.Length..], pair => pair.Value)
            : tensors;
    }

    /// <summary>How many names are known behind each prefix that lets one be known.</summary>
    /// <param name="names">The file's.</param>
    /// <param name="isKnown">Whether a name is one that is looked for.</param>
    public static IReadOnlyDictionary<string, int> Known(IEnumerable<string> names, Func<string, bool> isKnown)
    {
        Dictionary<string, int> counts = [];
        foreach (string name in names)
        {
            int start = 0;
            for (int word = 0; word <= MostWords && (word == 0 || start > 0); word++)
            {
                if (isKnown(name[start..]))
                {
                    counts[name[..start]] = counts.GetValueOrDefault(name[..start]) + 1;
                }
                start = name.IndexOf('.', start) + 1;
            }
        }
        return counts;
    }

    /// <summary>The prefix behind which the most names are known; of two as good, where one is a part of the other, the shorter.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="known">See <see cref="Known"/>; not empty.</param>
    /// <exception cref="RunException">As many are known behind another one, as in a file of a student and a teacher.</exception>
    public static string Best(string path, IReadOnlyDictionary<string, int> known)
    {
        int most = known.Values.Max();
        string[] best =
        [
            .. known.Where(pair => pair.Value == most).Select(pair => pair.Key).OrderBy(key => key.Length),
        ];
        return best.FirstOrDefault(other => !other.StartsWith(best[0], StringComparison.Ordinal)) is not { } second
            ? best[0]
            : throw new RunException(
                $"{path}: the file holds two models, behind '{FileText.Shown(best[0])}' and behind '{FileText.Shown(second)}', and nothing says which is meant; save one of them in a file of its own."
            );
    }

    /// <summary>The file with the prefix dropped behind which the most names are known.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">The file.</param>
    /// <param name="isKnown">Whether a name is one that is looked for.</param>
    /// <exception cref="RunException">The file holds the same names behind two prefixes.</exception>
    public static UnprefixedFile Without(string path, TensorFile file, Func<string, bool> isKnown)
    {
        IReadOnlyDictionary<string, int> known = Known(file.Tensors.Keys, isKnown);
        string prefix = known.Count > 0 ? Best(path, known) : "";
        ILookup<bool, KeyValuePair<string, StoredTensor>> parts = file.Tensors.ToLookup(pair =>
            pair.Key.StartsWith(prefix, StringComparison.Ordinal)
        );
        Dictionary<string, StoredTensor> inside = parts[true]
            .ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value);
        string[] outside = [.. parts[false].Select(pair => pair.Key)];
        return prefix.Length == 0 || (outside.Length > 0 && known[prefix] * LeastShare < file.Tensors.Count)
            ? new UnprefixedFile(file, "", [])
            : new UnprefixedFile(file with { Tensors = inside }, prefix, outside);
    }

    /// <summary>The sentence that says so; none when nothing was dropped.</summary>
    public static string[] Notes(string prefix) =>
        prefix.Length == 0
            ? []
            : [$"each name of the model in the file begins with '{FileText.Shown(prefix)}', which is dropped"];

    private static string Plain(string name) =>
        wrappers.Aggregate(name, (rest, word) => rest.Replace(word, "", StringComparison.Ordinal));
}
