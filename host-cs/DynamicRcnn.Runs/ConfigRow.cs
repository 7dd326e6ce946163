using System.Text.Json;

namespace DynamicRcnn.Runs;

/// <summary>A value of a run's configuration.</summary>
/// <param name="Path">Such as solver.momentum.</param>
/// <param name="Value">As config.json has it.</param>
/// <param name="Origin">Where it came from; empty when it is not known.</param>
internal sealed record ConfigRow(string Path, string Value, string Origin)
{
    private const string Origins = "origins";

    /// <summary>
    /// The values of a run's config.json in its order. They are taken as they are, so that a run of another version of the program, with other
    /// fields, can be reported too.
    /// </summary>
    /// <exception cref="RunException">The file is not an object of JSON.</exception>
    internal static IReadOnlyList<ConfigRow> Read(RunFolder folder)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(folder.ConfigPath));
            Dictionary<string, string> origins = document.RootElement.TryGetProperty(Origins, out JsonElement known)
                ? known.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.ToString())
                : [];
            return
            [
                .. document
                    .RootElement.EnumerateObject()
                    .Where(field => field.Name != Origins)
                    .SelectMany(field => Leaves(field.Name, field.Value))
                    .Select(leaf => new ConfigRow(leaf.Path, leaf.Value, origins.GetValueOrDefault(leaf.Path, ""))),
            ];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new RunException(
                $"{folder.ConfigPath}: expected the configuration of a run: {error.Message.TrimEnd('.')}."
            );
        }
    }

    private static IEnumerable<(string Path, string Value)> Leaves(string path, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
            ? value.EnumerateObject().SelectMany(field => Leaves($"{path}.{field.Name}", field.Value))
            : [(path, value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText())];
}
