using System.Text.Json;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report;

/// <summary>
/// The evaluations of a run. All of them carry their figures; curves, confusion, errors and boxes are carried by at most so many, evenly
/// spread, the best and the last among them.
/// </summary>
internal static class EvaluationsJson
{
    private const int Digits = 4;

    private static readonly string[] always = ["figures", "ap_by_iou", "images", "boxes", "crowds", "detections"];

    private static readonly string[] detailed =
    [
        "classes",
        "precision_recall",
        "scores",
        "voc",
        "confusion",
        "errors",
        "error_costs",
        "worst_images",
        "best_images",
    ];

    /// <summary>Writes the list.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="run">The run.</param>
    /// <param name="mostDetailed">Evaluations with details, at most; 3 or more.</param>
    internal static void Write(Utf8JsonWriter json, RunSource run, int mostDetailed)
    {
        IReadOnlyList<EvaluationFile> evaluations = run.Evaluations;
        HashSet<int> withDetails = Detailed(evaluations, mostDetailed);
        json.WriteStartArray("evaluations");
        foreach (EvaluationFile evaluation in evaluations)
        {
            bool isDetailed = withDetails.Contains(evaluation.Iteration);
            json.WriteStartObject();
            json.WriteNumber("iteration", evaluation.Iteration);
            json.WriteBoolean("detailed", isDetailed);
            WriteFields(json, evaluation, always);
            if (isDetailed)
            {
                WriteFields(json, evaluation, detailed);
                WritePanel(json, evaluation.PanelPath);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static HashSet<int> Detailed(IReadOnlyList<EvaluationFile> evaluations, int most)
    {
        if (evaluations.Count <= most)
        {
            return [.. evaluations.Select(evaluation => evaluation.Iteration)];
        }
        int gaps = most - 2; // one place is the best's
        return
        [
            evaluations.MaxBy(evaluation => evaluation.AP)!.Iteration,
            .. Enumerable
                .Range(0, gaps + 1)
                .Select(place => evaluations[(int)((long)place * (evaluations.Count - 1) / gaps)].Iteration),
        ];
    }

    private static void WriteFields(Utf8JsonWriter json, EvaluationFile evaluation, string[] names)
    {
        foreach (string name in names)
        {
            if (evaluation.Content.TryGetProperty(name, out JsonElement value))
            {
                json.WritePropertyName(name);
                Copy(json, value);
            }
        }
    }

    private static void Copy(Utf8JsonWriter json, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (JsonProperty field in value.EnumerateObject())
                {
                    json.WritePropertyName(field.Name);
                    Copy(json, field.Value);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Copy(json, item);
                }
                json.WriteEndArray();
                break;
            case JsonValueKind.Number when value.TryGetInt64(out long whole):
                json.WriteNumberValue(whole);
                break;
            case JsonValueKind.Number:
                Numbers.Write(json, value.GetDouble(), Digits);
                break;
            default:
                value.WriteTo(json);
                break;
        }
    }

    private static void WritePanel(Utf8JsonWriter json, string? path)
    {
        if (path is null)
        {
            return;
        }
        json.WriteStartArray("panel");
        foreach (IReadOnlyList<DetectedObject> image in PanelJson.ReadEvaluation(path).Images)
        {
            json.WriteStartArray();
            foreach (DetectedObject box in image)
            {
                BoxJson.Write(json, [box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Score]);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }
}
