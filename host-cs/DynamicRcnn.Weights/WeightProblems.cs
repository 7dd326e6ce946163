namespace DynamicRcnn.Weights;

/// <summary>Lists of what is wrong with a file, short enough for a sentence.</summary>
internal static class WeightProblems
{
    /// <summary>Names that are listed before the rest is counted.</summary>
    private const int MostNames = 6;

    /// <summary>Names that the file should have.</summary>
    public static IEnumerable<string> Missing(IEnumerable<string> names) =>
        List("missing", names.Select(FileText.Shown));

    /// <summary>Names that the detector has no place for.</summary>
    public static IEnumerable<string> Unknown(IEnumerable<string> names) =>
        List("unknown", names.Select(FileText.Shown));

    /// <summary>Names with what is wrong with each; those without a problem are left out.</summary>
    public static IEnumerable<string> Wrong(IEnumerable<(string Name, string? Problem)> tensors) =>
        List(
            "wrong",
            tensors
                .Where(tensor => tensor.Problem is not null)
                .Select(tensor => $"{FileText.Shown(tensor.Name)} {tensor.Problem}")
        );

    /// <summary>What keeps a stored tensor from being the detector's tensor of a name; null when nothing does.</summary>
    public static string? Of(string name, StoredTensor stored, long[] shape) =>
        stored.Shape.SequenceEqual(shape)
            ? WeightValues.Problem(name, stored)
            : $"has the shape [{string.Join(", ", stored.Shape)}], expected [{string.Join(", ", shape)}]";

    /// <summary>What a file holds, for the sentence that refuses it: the first names, and the keys beside the state dict.</summary>
    public static string Found(TensorFile file)
    {
        string names = string.Concat(List("tensors", file.Tensors.Keys.Select(FileText.Shown)));
        return $"it holds {names}{(file.Contents.Length == 0 ? "" : $"; at the top {file.Contents}")}";
    }

    private static IEnumerable<string> List(string what, IEnumerable<string> entries)
    {
        string[] all = [.. entries];
        string rest = all.Length > MostNames ? $" and {all.Length - MostNames} more" : "";
        return all.Length == 0 ? [] : [$"{what} ({all.Length}): {string.Join(", ", all.Take(MostNames))}{rest}"];
    }
}
