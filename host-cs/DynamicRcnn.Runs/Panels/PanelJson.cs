using System.Text.Json;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>
/// The files of the panel. panel/images.json: the classes and, for each image, id, file, sizes, picture and <c>boxes</c>
/// [x1, y1, x2, y2, class, crowd]; evaluation/iteration-N.panel.json: <c>images</c>, for each a list of [x1, y1, x2, y2, class, score].
/// Boxes are in original pixels, classes are places in the list of classes.
/// </summary>
public static class PanelJson
{
    private const int PixelDigits = 1;
    private const int ScoreDigits = 4;
    private const int BoxLength = 6;

    /// <summary>The panel of a run; null when it has none.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    public static Panel? Read(RunFolder folder) =>
        !File.Exists(folder.PanelImagesPath)
            ? null
            : Read(
                folder.PanelImagesPath,
                root => new Panel(
                    [.. root.GetProperty("classes").EnumerateArray().Select(name => name.GetString()!)],
                    [.. root.GetProperty("images").EnumerateArray().Select(Image)]
                )
            );

    /// <summary>What an evaluation found in the panel.</summary>
    /// <exception cref="RunException">The file is not what it should be.</exception>
    public static PanelEvaluation ReadEvaluation(string path) =>
        Read(
            path,
            root => new PanelEvaluation(
                root.GetProperty("iteration").GetInt32(),
                [.. root.GetProperty("images").EnumerateArray().Select(Detections)]
            )
        );

    internal static void Write(RunFolder folder, Panel panel) =>
        AtomicFile.Write(
            folder.PanelImagesPath,
            stream =>
            {
                using Utf8JsonWriter json = new(stream);
                json.WriteStartObject();
                json.WriteStartArray("classes");
                foreach (string name in panel.Classes)
                {
                    json.WriteStringValue(name);
                }
                json.WriteEndArray();
                json.WriteStartArray("images");
                foreach (PanelImage image in panel.Images)
                {
                    Write(json, image);
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    internal static void Write(RunFolder folder, PanelEvaluation evaluation) =>
        AtomicFile.Write(
            folder.PanelOf(evaluation.Iteration),
            stream =>
            {
                using Utf8JsonWriter json = new(stream);
                json.WriteStartObject();
                json.WriteNumber("iteration", evaluation.Iteration);
                json.WriteStartArray("images");
                foreach (IReadOnlyList<DetectedObject> image in evaluation.Images)
                {
                    json.WriteStartArray();
                    foreach (DetectedObject box in image)
                    {
                        double score = Math.Round(box.Score, ScoreDigits);
                        WriteBox(json, box.X1, box.Y1, box.X2, box.Y2, box.Label, score);
                    }
                    json.WriteEndArray();
                }
                json.WriteEndArray();
                json.WriteEndObject();
            }
        );

    private static void Write(Utf8JsonWriter json, PanelImage image)
    {
        json.WriteStartObject();
        json.WriteNumber("id", image.Id);
        json.WriteString("file", image.File);
        json.WriteNumber("width", image.Size.Width);
        json.WriteNumber("height", image.Size.Height);
        json.WriteNumber("written_width", image.WrittenSize.Width);
        json.WriteNumber("written_height", image.WrittenSize.Height);
        json.WriteString("picture", image.Picture);
        json.WriteStartArray("boxes");
        foreach (PanelTruth box in image.Boxes)
        {
            WriteBox(json, box.X1, box.Y1, box.X2, box.Y2, box.Label, box.Crowd ? 1 : 0);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteBox(Utf8JsonWriter json, float x1, float y1, float x2, float y2, int label, double last)
    {
        json.WriteStartArray();
        foreach (float coordinate in (ReadOnlySpan<float>)[x1, y1, x2, y2])
        {
            json.WriteNumberValue(Math.Round((double)coordinate, PixelDigits));
        }
        json.WriteNumberValue(label);
        json.WriteNumberValue(last);
        json.WriteEndArray();
    }

    private static PanelImage Image(JsonElement image) =>
        new(
            image.GetProperty("id").GetInt64(),
            image.GetProperty("file").GetString()!,
            new ImageSize(image.GetProperty("width").GetInt32(), image.GetProperty("height").GetInt32()),
            new ImageSize(
                image.GetProperty("written_width").GetInt32(),
                image.GetProperty("written_height").GetInt32()
            ),
            PlainName(image.GetProperty("picture").GetString()!),
            [
                .. image
                    .GetProperty("boxes")
                    .EnumerateArray()
                    .Select(Numbers)
                    .Select(box => new PanelTruth(box[0], box[1], box[2], box[3], (int)box[4], box[5] > 0)),
            ]
        );

    // A run's folder may come from somebody else: its panel must not lead to files outside.
    private static string PlainName(string picture) =>
        picture.Length > 0 && picture == Path.GetFileName(picture) && picture is not ("." or "..")
            ? picture
            : throw new FormatException($"the picture '{picture}' is no plain file name");

    private static IReadOnlyList<DetectedObject> Detections(JsonElement image) =>
        [
            .. image
                .EnumerateArray()
                .Select(Numbers)
                .Select(box => new DetectedObject(box[0], box[1], box[2], box[3], (int)box[4], box[5])),
        ];

    private static float[] Numbers(JsonElement box)
    {
        float[] numbers = [.. box.EnumerateArray().Select(number => number.GetSingle())];
        return numbers.Length == BoxLength
            ? numbers
            : throw new FormatException($"a box has {numbers.Length} numbers, expected {BoxLength}");
    }

    private static T Read<T>(string path, Func<JsonElement, T> take)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return take(document.RootElement);
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new RunException($"{path}: expected a file of the run's panel: {error.Message.TrimEnd('.')}.");
        }
    }
}
