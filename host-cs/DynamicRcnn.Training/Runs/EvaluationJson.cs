using System.Text.Json;
using DynamicRcnn.Core;

namespace DynamicRcnn.Training.Runs;

/// <summary>Writes an evaluation for other programs, at full precision.</summary>
public static class EvaluationJson
{
    /// <summary>Replaces <paramref name="path"/> in one step, so that nobody reads half a file.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, EvaluationResult result, IReadOnlyDictionary<long, string> classNames) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                WriteFigures(json, result);
                WriteByIoU(json, result);
                WriteClasses(json, result, classNames);
                json.WriteNumber("images", result.ImageCount);
                json.WriteNumber("boxes", result.GroundTruthCount);
                json.WriteNumber("crowds", result.CrowdCount);
                json.WriteNumber("detections", result.DetectionCount);
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

    private static void WriteClasses(
        Utf8JsonWriter json,
        EvaluationResult result,
        IReadOnlyDictionary<long, string> classNames
    )
    {
        json.WriteStartArray("classes");
        foreach (CategoryResult category in result.Categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", category.CategoryId);
            json.WriteString("name", classNames.GetValueOrDefault(category.CategoryId, ""));
            json.WriteNumber("AP", category.AP);
            json.WriteNumber("AP50", category.AP50);
            json.WriteNumber("AP75", category.AP75);
            json.WriteNumber("AR100", category.AR100);
            json.WriteNumber("boxes", category.GroundTruthCount);
            json.WriteNumber("detections", category.DetectionCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
