using System.Text.Json;

namespace DynamicRcnn.Runs;

/// <summary>An evaluation of a run, as its file has it.</summary>
/// <param name="Iteration">When.</param>
/// <param name="Content">The whole object.</param>
/// <param name="Written">When the file was written, in UTC.</param>
/// <param name="PanelPath">The file with the boxes found in the panel; null when there is none.</param>
internal sealed record EvaluationFile(int Iteration, JsonElement Content, DateTime Written, string? PanelPath)
{
    /// <summary>Average precision; -1 when there was nothing to measure, or none is written.</summary>
    internal double AP =>
        Content.TryGetProperty("figures", out JsonElement figures)
        && figures.ValueKind == JsonValueKind.Object
        && figures.TryGetProperty(nameof(AP), out JsonElement ap)
        && ap.ValueKind == JsonValueKind.Number
            ? ap.GetDouble()
            : -1;

    /// <exception cref="RunException">The file is not an object of JSON.</exception>
    internal static EvaluationFile Read(int iteration, string path, string? panelPath)
    {
        try
        {
            DateTime written = File.GetLastWriteTimeUtc(path);
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new EvaluationFile(iteration, document.RootElement.Clone(), written, panelPath)
                : throw new RunException($"{path}: expected the figures of an evaluation, an object of JSON.");
        }
        catch (JsonException error)
        {
            throw new RunException($"{path}: expected the figures of an evaluation: {error.Message.TrimEnd('.')}.");
        }
    }
}
