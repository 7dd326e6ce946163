using System.Text.Json;

namespace DynamicRcnn.Weights;

/// <summary>
/// The names of the classes among a file's texts: a JSON list under <see cref="Key"/>. In a <c>.pth</c> they come from where MMDetection keeps them,
/// <c>meta.CLASSES</c>, <c>meta.dataset_meta.classes</c> or <c>meta.dataset_meta.CLASSES</c>.
/// </summary>
internal static class ClassNameText
{
    internal const string Key = "CLASSES";
    internal const string Meta = "meta";
    internal const string DatasetMeta = "dataset_meta";
    internal const string LowerKey = "classes";

    // A pickle can repeat one text as often as it likes.
    private const int MostNames = 1 << 14;
    private const int MostLetters = 1 << 20;

    /// <summary>The texts of a file with these classes; none without.</summary>
    public static Dictionary<string, string> Of(IReadOnlyList<string>? names) =>
        names is null ? [] : new() { [Key] = JsonSerializer.Serialize(names) };

    /// <summary>The names; null when the file does not say them.</summary>
    public static IReadOnlyList<string>? Read(TensorFile file)
    {
        try
        {
            string? text = file.Metadata.GetValueOrDefault(Key) ?? file.Metadata.GetValueOrDefault(LowerKey);
            return text is null ? null
                : JsonSerializer.Deserialize<string[]>(text) is { Length: > 0 } names ? names
                : null;
        }
        catch (JsonException)
        {
            return null; // a text of another kind under that name
        }
    }

    /// <summary>The texts that a pickle's dictionary brings: the classes, where it has them.</summary>
    public static Dictionary<string, string> OfPickle(object? root)
    {
        Dictionary<object, object?>? meta = In(root, Meta);
        return Of(Names(meta, Key) ?? Names(In(meta, DatasetMeta), LowerKey) ?? Names(In(meta, DatasetMeta), Key));
    }

    private static Dictionary<object, object?>? In(object? value, string key) =>
        (value as Dictionary<object, object?>)?.GetValueOrDefault(key) as Dictionary<object, object?>;

    private static string[]? Names(Dictionary<object, object?>? dictionary, string key)
    {
        IReadOnlyList<object?>? values = dictionary?.GetValueOrDefault(key) as IReadOnlyList<object?>;
        if (values is null or { Count: 0 or > MostNames })
        {
            return null;
        }
        string[] names = [.. values.Select(PickleCalls.TextOf).OfType<string>()];
        return names.Length == values.Count && names.Sum(name => name.Length) <= MostLetters ? names : null;
    }
}
