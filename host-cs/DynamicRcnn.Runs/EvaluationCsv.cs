using System.Globalization;
using System.Text;
using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Writes an evaluation as a table for spreadsheets: a row for all classes together, then one for each; RFC 4180, UTF-8.</summary>
public static class EvaluationCsv
{
    private const string LineEnd = "\r\n";

    /// <summary>Replaces <paramref name="path"/> in one step. A figure without anything to average over is -1, as in the JSON.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationResult result, EvaluationNames names)
    {
        StringBuilder text = new();
        Add(
            text,
            [
                "class",
                "id",
                .. result.Figures.Select(figure => figure.Name),
                .. result.IoUThresholds.Select(threshold => $"AP@{threshold:0.00}"),
                "VOC AP 11-point",
                "VOC AP area",
                "best F1",
                "at score",
                "boxes",
                "detections",
            ]
        );
        Add(
            text,
            Row(
                "all",
                "",
                result.Figures,
                result.APByIoU,
                result.Voc,
                result.Scores.Best,
                result.GroundTruthCount,
                result.DetectionCount
            )
        );
        foreach (CategoryResult category in result.Categories)
        {
            Add(
                text,
                Row(
                    names.ClassOf(category.CategoryId),
                    $"{category.CategoryId}",
                    category.Figures,
                    category.APByIoU,
                    category.Voc,
                    category.BestScore,
                    category.GroundTruthCount,
                    category.DetectionCount
                )
            );
        }

        AtomicFile.WriteText(path, text.ToString());
    }

    private static IEnumerable<string> Row(
        string name,
        string id,
        IEnumerable<EvaluationFigure> figures,
        IEnumerable<double> byIoU,
        VocAP voc,
        ScorePoint best,
        int boxes,
        int detections
    ) =>
        [
            name,
            id,
            .. figures.Select(figure => Number(figure.Value)),
            .. byIoU.Select(Number),
            Number(voc.ElevenPoint),
            Number(voc.Area),
            Number(best.F1),
            Number(best.Score),
            $"{boxes}",
            $"{detections}",
        ];

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static void Add(StringBuilder text, IEnumerable<string> fields) =>
        text.AppendJoin(',', fields.Select(Field)).Append(LineEnd);

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
