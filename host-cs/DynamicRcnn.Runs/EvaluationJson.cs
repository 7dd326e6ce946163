using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Writes an evaluation for other programs, at full precision. docs/evaluation.md says what the fields mean.</summary>
public static class EvaluationJson
{
    private static readonly JsonSerializerOptions options = new()
    {
        WriteIndented = true,
        Converters = { new OneLine<double>(), new OneLine<int>() },
    };

    /// <summary>Replaces <paramref name="path"/> in one step, so that nobody reads half a file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationResult result, EvaluationNames names) =>
        AtomicFile.Write(path, stream => JsonSerializer.Serialize(stream, Content(result, names), options));

    private static object Content(EvaluationResult result, EvaluationNames names) =>
        new
        {
            figures = Figures(result.Figures),
            ap_by_iou = result.IoUThresholds.Zip(result.APByIoU, (iou, ap) => new { iou, ap }),
            classes = result.Categories.Select(category => Class(category, names)),
            images = result.ImageCount,
            boxes = result.GroundTruthCount,
            crowds = result.CrowdCount,
            detections = result.DetectionCount,
            precision_recall = Curves(result),
            scores = Scores(result),
            voc = new
            {
                ap50_11_point = result.Voc.ElevenPoint,
                ap50_area = result.Voc.Area,
                classes = result.Categories.Select(category => new
                {
                    id = category.CategoryId,
                    ap50_11_point = category.Voc.ElevenPoint,
                    ap50_area = category.Voc.Area,
                }),
            },
            confusion = new
            {
                iou = result.Errors.IoU,
                score = result.Errors.Score,
                labels = result.Errors.Confusion.CategoryIds.Select(names.ClassOf).Append("background"),
                counts = result.Errors.Confusion.Counts,
            },
            errors = Errors(result.Errors),
            error_costs = Costs(result.ErrorCosts),
            worst_images = result.Errors.Worst.Select(image => Image(image, names)),
            best_images = result.Errors.Best.Select(image => Image(image, names)),
        };

    private static Dictionary<string, object> Figures(IEnumerable<EvaluationFigure> figures) =>
        figures.ToDictionary(figure => figure.Name, figure => (object)figure.Value);

    private static Dictionary<string, object> Class(CategoryResult category, EvaluationNames names)
    {
        Dictionary<string, object> fields = new()
        {
            ["id"] = category.CategoryId,
            ["name"] = names.Classes.GetValueOrDefault(category.CategoryId, ""),
        };
        foreach ((string name, object value) in Figures(category.Figures))
        {
            fields[name] = value;
        }
        fields["ap_by_iou"] = category.APByIoU;
        fields["boxes"] = category.GroundTruthCount;
        fields["detections"] = category.DetectionCount;
        return fields;
    }

    private static object Curves(EvaluationResult result) =>
        new
        {
            recall = result.Curves.Recall,
            curves = result.IoUThresholds.Zip(result.Curves.MeanPrecision, (iou, precision) => new { iou, precision }),
            classes = result.Categories.Select(category => new
            {
                id = category.CategoryId,
                iou = result.IoUThresholds[0],
                precision = category.PrecisionAt50,
            }),
        };

    private static object Scores(EvaluationResult result)
    {
        ScorePoint best = result.Scores.Best;
        return new
        {
            iou = result.IoUThresholds[0],
            best = new
            {
                score = best.Score,
                precision = best.Precision,
                recall = best.Recall,
                f1 = best.F1,
            },
            score = Each(point => point.Score),
            precision = Each(point => point.Precision),
            recall = Each(point => point.Recall),
            f1 = Each(point => point.F1),
            classes = result.Categories.Select(category => new
            {
                id = category.CategoryId,
                score = category.BestScore.Score,
                precision = category.BestScore.Precision,
                recall = category.BestScore.Recall,
                f1 = category.BestScore.F1,
            }),
        };

        double[] Each(Func<ScorePoint, double> value) => Array.ConvertAll(result.Scores.Points, point => value(point));
    }

    private static object Errors(ErrorAnalysis errors) =>
        new
        {
            iou = errors.IoU,
            score = errors.Score,
            correct = errors.Counts.Correct,
            localisation = errors.Counts.Localisation,
            @class = errors.Counts.Class,
            duplicate = errors.Counts.Duplicate,
            background = errors.Counts.Background,
            in_crowd = errors.Counts.InCrowd,
            missed = errors.Counts.Missed,
        };

    private static object Costs(ErrorCosts costs) =>
        new
        {
            @class = Cost(costs.Class),
            localisation = Cost(costs.Localisation),
            class_and_localisation = Cost(costs.ClassAndLocalisation),
            duplicate = Cost(costs.Duplicate),
            background = Cost(costs.Background),
            missed = Cost(costs.Missed),
            false_positives = Cost(costs.FalsePositives),
            false_negatives = Cost(costs.FalseNegatives),
        };

    private static object Cost(ErrorCost cost) => new { count = cost.Count, ap50 = cost.AP };

    private static object Image(ImageResult image, EvaluationNames names) =>
        new
        {
            id = image.ImageId,
            file = names.Images.GetValueOrDefault(image.ImageId, ""),
            f1 = image.F1,
            correct = image.Correct,
            missed = image.Missed,
            false_positives = image.FalsePositives,
        };

    /// <summary>Numbers on one line: a curve of a hundred lines helps nobody.</summary>
    private sealed class OneLine<T> : JsonConverter<T[]>
        where T : IFormattable
    {
        public override T[] Read(ref Utf8JsonReader reader, Type type, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, T[] value, JsonSerializerOptions options) =>
            writer.WriteRawValue(
                $"[{string.Join(',', value.Select(number => number.ToString(null, CultureInfo.InvariantCulture)))}]"
            );
    }
}
