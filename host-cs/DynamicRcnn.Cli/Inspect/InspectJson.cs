using System.Text.Json;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes what inspect --json asks for.</summary>
internal static class InspectJson
{
    /// <summary>Places of a kind that are named.</summary>
    private const int Named = 3;

    /// <summary>Replaces the file in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="splits">What was inspected.</param>
    /// <param name="refusal">The sentence about a split that cannot be read at all; null: none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<InspectedSplit> splits, Finding? refusal) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                json.WriteStartArray("splits");
                foreach (InspectedSplit split in splits)
                {
                    WriteSplit(json, split);
                }

                json.WriteEndArray();
                json.WriteStartArray("findings");
                Finding[] all =
                [
                    .. splits.SelectMany(split => split.Findings),
                    .. refusal is null ? [] : (Finding[])[refusal],
                ];
                foreach (IGrouping<FindingKind, Finding> kind in FindingReport.ByKind(all))
                {
                    WriteKind(json, kind);
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    private static void WriteSplit(Utf8JsonWriter json, InspectedSplit split)
    {
        GroundTruthBox[] boxes = [.. split.Dataset.Images.SelectMany(image => image.Boxes)];
        int crowds = boxes.Count(box => box.Crowd && !box.Difficult);
        json.WriteStartObject();
        json.WriteString("name", split.Name);
        json.WriteNumber("images", split.Dataset.Images.Count);
        json.WriteNumber("boxes", boxes.Length - crowds);
        json.WriteNumber("crowd", crowds);
        json.WriteNumber("turned", split.Dataset.TurnedImages);
        json.WriteEndObject();
    }

    private static void WriteKind(Utf8JsonWriter json, IGrouping<FindingKind, Finding> kind)
    {
        json.WriteStartObject();
        json.WriteString("kind", FindingReport.Words(kind.Key));
        json.WriteNumber("count", FindingReport.Total(kind));
        json.WriteStartArray("places");
        foreach (Finding finding in kind.Take(Named))
        {
            json.WriteStringValue(finding.Place);
        }

        json.WriteEndArray();
        string advice = FindingAdvice.Of(kind.Key);
        json.WriteString("advice", $"{kind.First().Message} {char.ToUpperInvariant(advice[0])}{advice[1..]}");
        json.WriteBoolean("error", kind.Key == FindingKind.Refused);
        json.WriteEndObject();
    }
}
