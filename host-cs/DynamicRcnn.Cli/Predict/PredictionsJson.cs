using System.Text.Json;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What was found in one image.</summary>
/// <param name="File">As it was named.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Detections">Best first.</param>
internal sealed record Prediction(string File, int Width, int Height, IReadOnlyList<DetectedObject> Detections);

/// <summary>An image that could not be looked at.</summary>
internal sealed record FailedImage(string File, string Reason);

/// <summary>Writes predictions.json.</summary>
internal static class PredictionsJson
{
    /// <summary>Replaces the file in one step. Boxes are x1, y1, x2, y2 in the image's pixels, ids the data set's own.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(
        string path,
        IReadOnlyList<Prediction> predictions,
        IReadOnlyList<FailedImage> failed,
        IReadOnlyList<ClassName> classes
    ) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
                json.WriteStartObject();
                json.WriteStartArray("images");
                foreach (Prediction prediction in predictions)
                {
                    WriteImage(json, prediction, classes);
                }

                json.WriteEndArray();
                json.WriteStartArray("failed");
                foreach (FailedImage image in failed)
                {
                    json.WriteStartObject();
                    json.WriteString("file", image.File);
                    json.WriteString("reason", image.Reason);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    private static void WriteImage(Utf8JsonWriter json, Prediction prediction, IReadOnlyList<ClassName> classes)
    {
        json.WriteStartObject();
        json.WriteString("file", prediction.File);
        json.WriteNumber("width", prediction.Width);
        json.WriteNumber("height", prediction.Height);
        json.WriteStartArray("detections");
        foreach (DetectedObject detection in prediction.Detections)
        {
            json.WriteStartObject();
            json.WriteNumber("category_id", classes[detection.Label].Id);
            json.WriteString("class", classes[detection.Label].Name);
            json.WriteNumber("score", detection.Score);
            json.WriteStartArray("box");
            json.WriteNumberValue(detection.X1);
            json.WriteNumberValue(detection.Y1);
            json.WriteNumberValue(detection.X2);
            json.WriteNumberValue(detection.Y2);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
