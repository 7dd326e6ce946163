namespace DynamicRcnn.Training.Weights.Names;

/// <summary>
/// What all names of a file begin with when the model was a part of something larger as it was saved: <c>model.</c>, <c>detector.</c>,
/// <c>module.</c> by parallel training.
/// </summary>
internal static class NamePrefix
{
    private const string Module = "module.";
    private const int MostWords = 8;

    /// <summary>The same tensors without the <c>module.</c> that each name begins with.</summary>
    public static IReadOnlyDictionary<string, T> WithoutModule<T>(IReadOnlyDictionary<string, T> tensors) =>
        tensors.Keys.All(name => name.StartsWith(Module, StringComparison.Ordinal))
            ? tensors.ToDictionary(pair => pair.Key[Module.Length..], pair => pair.Value)
            : tensors;

    /// <summary>The empty text, then each longer run of whole words, with the dot behind it, that all names begin with.</summary>
    public static IEnumerable<string> Candidates(IEnumerable<string> names)
    {
        yield return "";
        string[] all = [.. names];
        string first = all.FirstOrDefault() ?? "";
        int dot = -1;
        for (int word = 0; word < MostWords && (dot = first.IndexOf('.', dot + 1)) >= 0; word++)
        {
            string prefix = first[..(dot + 1)];
            if (!all.All(name => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                yield break;
            }
            yield return prefix;
        }
    }

    /// <summary>The file with the shortest such prefix dropped that lets a name be known, and that prefix.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isKnown">Whether a name is one that is looked for.</param>
    public static (TensorFile File, string Prefix) Without(TensorFile file, Func<string, bool> isKnown)
    {
        string? prefix = Candidates(file.Tensors.Keys)
            .FirstOrDefault(prefix => file.Tensors.Keys.Any(name => isKnown(name[prefix.Length..])));
        return string.IsNullOrEmpty(prefix)
            ? (file, "")
            : (
                file with
                {
                    Tensors = file.Tensors.ToDictionary(pair => pair.Key[prefix.Length..], pair => pair.Value),
                },
                prefix
            );
    }

    /// <summary>The sentence that says so; none when nothing was dropped.</summary>
    public static string[] Notes(string prefix) =>
        prefix.Length == 0 ? [] : [$"each name in the file begins with '{FileText.Shown(prefix)}', which is dropped"];
}
