using System.Text.Json;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes predictions.json (docs/predict.md). Boxes are x1, y1, x2, y2 in the image's pixels, ids the data set's own.</summary>
internal sealed class PredictionsJson : IPredictionWriter
{
    private readonly string path;
    private readonly IReadOnlyList<ClassName> classes;
    private readonly GrowingJson file;
    private readonly List<FailedImage> failed = [];

    /// <param name="path">The file; it has this name once it is whole.</param>
    /// <param name="classes">The detector's.</param>
    /// <exception cref="IOException">The folder does not take it.</exception>
    public PredictionsJson(string path, IReadOnlyList<ClassName> classes)
    {
        this.path = path;
        this.classes = classes;
        file = new GrowingJson(path, indented: true);
        file.Write(json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("images");
        });
    }

    /// <summary>Images that could not be looked at so far.</summary>
    public int FailedCount => failed.Count;

    /// <summary>An image that could not be looked at.</summary>
    public void Fail(FailedImage image) => failed.Add(image);

    /// <inheritdoc/>
    public void Write(SeenPicture seen) => file.Write(json => WriteImage(json, seen.Prediction));

    /// <inheritdoc/>
    public string Finish()
    {
        file.Write(json =>
        {
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
        });
        file.Finish();
        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void WriteImage(Utf8JsonWriter json, Prediction prediction)
    {
        json.WriteStartObject();
        json.WriteString("file", prediction.File);
        if (prediction.Frame is { } frame)
        {
            json.WriteNumber("frame", frame.Number);
            json.WriteNumber("seconds", frame.Seconds);
        }

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
