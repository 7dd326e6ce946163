using System.Globalization;
using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Writes an evaluation for other programs, at full precision. docs/evaluation.md says what the fields mean.</summary>
public static class EvaluationJson
{
    /// <summary>Replaces <paramref name="path"/> in one step, so that nobody reads half a file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationResult result, EvaluationNames names) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                WriteFigures(json, result);
                WriteByIoU(json, result);
                WriteClasses(json, result, names);
                json.WriteNumber("images", result.ImageCount);
                json.WriteNumber("boxes", result.GroundTruthCount);
                json.WriteNumber("crowds", result.CrowdCount);
                json.WriteNumber("detections", result.DetectionCount);
                WriteCurves(json, result);
                WriteScores(json, result);
                WriteVoc(json, result);
                WriteConfusion(json, result.Errors, names);
                WriteErrors(json, result.Errors);
                WriteErrorCosts(json, result.ErrorCosts);
                WriteImages(json, "worst_images", result.Errors.Worst, names);
                WriteImages(json, "best_images", result.Errors.Best, names);
                json.WriteEndObject();
            }
        );

    private static void WriteFigures(Utf8JsonWriter json, EvaluationResult result)
    {
        json.WriteStartObject("figures");
        foreach (EvaluationFigure figure in result.Figures)
        {
            json.WriteNumber(figure.Name, figure.Value);
        }

        json.WriteEndObject();
    }

    private static void WriteByIoU(Utf8JsonWriter json, EvaluationResult result)
    {
        json.WriteStartArray("ap_by_iou");
        foreach ((double threshold, double ap) in result.IoUThresholds.Zip(result.APByIoU))
        {
            json.WriteStartObject();
            json.WriteNumber("iou", threshold);
            json.WriteNumber("ap", ap);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteClasses(Utf8JsonWriter json, EvaluationResult result, EvaluationNames names)
    {
        json.WriteStartArray("classes");
        foreach (CategoryResult category in result.Categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", category.CategoryId);
            json.WriteString("name", names.Classes.GetValueOrDefault(category.CategoryId, ""));
            foreach (EvaluationFigure figure in category.Figures)
            {
                json.WriteNumber(figure.Name, figure.Value);
            }

            WriteNumbers(json, "ap_by_iou", category.APByIoU);
            json.WriteNumber("boxes", category.GroundTruthCount);
            json.WriteNumber("detections", category.DetectionCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCurves(Utf8JsonWriter json, EvaluationResult result)
    {
        json.WriteStartObject("precision_recall");
        WriteNumbers(json, "recall", result.Curves.Recall);
        json.WriteStartArray("curves");
        foreach ((double threshold, double[] precision) in result.IoUThresholds.Zip(result.Curves.MeanPrecision))
        {
            json.WriteStartObject();
            json.WriteNumber("iou", threshold);
            WriteNumbers(json, "precision", precision);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("classes");
        foreach (CategoryResult category in result.Categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", category.CategoryId);
            json.WriteNumber("iou", result.IoUThresholds[0]);
            WriteNumbers(json, "precision", category.PrecisionAt50);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScores(Utf8JsonWriter json, EvaluationResult result)
    {
        ScorePoint[] points = result.Scores.Points;
        json.WriteStartObject("scores");
        json.WriteNumber("iou", result.IoUThresholds[0]);
        json.WriteStartObject("best");
        WritePoint(json, result.Scores.Best);
        json.WriteEndObject();
        WriteNumbers(json, "score", points.Select(point => point.Score));
        WriteNumbers(json, "precision", points.Select(point => point.Precision));
        WriteNumbers(json, "recall", points.Select(point => point.Recall));
        WriteNumbers(json, "f1", points.Select(point => point.F1));
        json.WriteStartArray("classes");
        foreach (CategoryResult category in result.Categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", category.CategoryId);
            WritePoint(json, category.BestScore);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, ScorePoint point)
    {
        json.WriteNumber("score", point.Score);
        json.WriteNumber("precision", point.Precision);
        json.WriteNumber("recall", point.Recall);
        json.WriteNumber("f1", point.F1);
    }

    private static void WriteVoc(Utf8JsonWriter json, EvaluationResult result)
    {
        json.WriteStartObject("voc");
        WriteVoc(json, result.Voc);
        json.WriteStartArray("classes");
        foreach (CategoryResult category in result.Categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", category.CategoryId);
            WriteVoc(json, category.Voc);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteVoc(Utf8JsonWriter json, VocAP ap)
    {
        json.WriteNumber("ap50_11_point", ap.ElevenPoint);
        json.WriteNumber("ap50_area", ap.Area);
    }

    private static void WriteConfusion(Utf8JsonWriter json, ErrorAnalysis errors, EvaluationNames names)
    {
        json.WriteStartObject("confusion");
        json.WriteNumber("iou", errors.IoU);
        json.WriteNumber("score", errors.Score);
        json.WriteStartArray("labels");
        foreach (long id in errors.Confusion.CategoryIds)
        {
            json.WriteStringValue(names.ClassOf(id));
        }

        json.WriteStringValue("background");
        json.WriteEndArray();
        json.WriteStartArray("counts");
        foreach (int[] row in errors.Confusion.Counts)
        {
            json.WriteRawValue($"[{string.Join(',', row)}]");
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteErrors(Utf8JsonWriter json, ErrorAnalysis errors)
    {
        json.WriteStartObject("errors");
        json.WriteNumber("iou", errors.IoU);
        json.WriteNumber("score", errors.Score);
        json.WriteNumber("correct", errors.Counts.Correct);
        json.WriteNumber("localisation", errors.Counts.Localisation);
        json.WriteNumber("class", errors.Counts.Class);
        json.WriteNumber("duplicate", errors.Counts.Duplicate);
        json.WriteNumber("background", errors.Counts.Background);
        json.WriteNumber("in_crowd", errors.Counts.InCrowd);
        json.WriteNumber("missed", errors.Counts.Missed);
        json.WriteEndObject();
    }

    private static void WriteErrorCosts(Utf8JsonWriter json, ErrorCosts costs)
    {
        json.WriteStartObject("error_costs");
        WriteErrorCost(json, "class", costs.Class);
        WriteErrorCost(json, "localisation", costs.Localisation);
        WriteErrorCost(json, "class_and_localisation", costs.ClassAndLocalisation);
        WriteErrorCost(json, "duplicate", costs.Duplicate);
        WriteErrorCost(json, "background", costs.Background);
        WriteErrorCost(json, "missed", costs.Missed);
        WriteErrorCost(json, "false_positives", costs.FalsePositives);
        WriteErrorCost(json, "false_negatives", costs.FalseNegatives);
        json.WriteEndObject();
    }

    private static void WriteErrorCost(Utf8JsonWriter json, string name, ErrorCost cost)
    {
        json.WriteStartObject(name);
        json.WriteNumber("count", cost.Count);
        json.WriteNumber("ap50", cost.AP);
        json.WriteEndObject();
    }

    private static void WriteImages(
        Utf8JsonWriter json,
        string name,
        IEnumerable<ImageResult> images,
        EvaluationNames names
    )
    {
        json.WriteStartArray(name);
        foreach (ImageResult image in images)
        {
            json.WriteStartObject();
            json.WriteNumber("id", image.ImageId);
            json.WriteString("file", names.Images.GetValueOrDefault(image.ImageId, ""));
            json.WriteNumber("f1", image.F1);
            json.WriteNumber("correct", image.Correct);
            json.WriteNumber("missed", image.Missed);
            json.WriteNumber("false_positives", image.FalsePositives);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // On one line: a curve of a hundred lines helps nobody.
    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<double> values)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(
            $"[{string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]"
        );
    }
}
