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

    /// <param name="run">The run.</param>
    /// <param name="mostDetailed">Evaluations with details, at most; 3 or more.</param>
    internal static IEnumerable<object> Of(RunSource run, int mostDetailed)
    {
        IReadOnlyList<EvaluationFile> evaluations = run.Evaluations;
        HashSet<int> withDetails = Detailed(evaluations, mostDetailed);
        return evaluations.Select(evaluation => Of(evaluation, withDetails.Contains(evaluation.Iteration)));
    }

    private static Dictionary<string, object?> Of(EvaluationFile evaluation, bool isDetailed)
    {
        Dictionary<string, object?> fields = new() { ["iteration"] = evaluation.Iteration, ["detailed"] = isDetailed };
        foreach (string name in isDetailed ? [.. always, .. detailed] : always)
        {
            if (evaluation.Content.TryGetProperty(name, out JsonElement value))
            {
                fields[name] = Shortened(value);
            }
        }
        if (isDetailed && evaluation.PanelPath is { } panel)
        {
            fields["panel"] = PanelJson
                .ReadEvaluation(panel)
                .Images.Select(image =>
                    image.Select(box => Numbers.OfBox(box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Score))
                );
        }
        return fields;
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

    private static object? Shortened(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => value
                .EnumerateObject()
                .DistinctBy(field => field.Name)
                .ToDictionary(field => field.Name, field => Shortened(field.Value)),
            JsonValueKind.Array => value.EnumerateArray().Select(Shortened),
            JsonValueKind.Number when value.TryGetInt64(out long whole) => whole,
            JsonValueKind.Number => Numbers.Of(value.GetDouble(), Digits),
            _ => value,
        };
}
