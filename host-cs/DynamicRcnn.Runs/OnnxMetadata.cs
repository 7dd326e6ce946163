using System.Globalization;
using System.Text;
using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>What a detector's ONNX file says beside its graph, as texts by name.</summary>
public static class OnnxMetadata
{
    /// <summary>The classes as JSON: <c>[{"id":1,"name":"disc"}, ...]</c>, in the order of the labels.</summary>
    public const string Classes = "classes";

    /// <summary>The names as a Python dictionary, as files of YOLO detectors have them: <c>{0: 'disc', ...}</c>.</summary>
    public const string Names = "names";

    /// <summary>What the outputs are: <see cref="Detections"/> or <see cref="Raw"/>.</summary>
    public const string Output = "output";

    /// <summary>What the input is: <see cref="Picture"/> or <see cref="Tensor"/>.</summary>
    public const string Input = "input";

    /// <summary>1 where a box of one pixel has equal corners, else 0.</summary>
    public const string BoxOffset = "box_offset";

    /// <summary>Detections with this score or less are not in the outputs.</summary>
    public const string ScoreThreshold = "score_threshold";

    /// <summary>The score with the best F1 of all classes together in the evaluation that the detector had; not there where it had none.</summary>
    public const string BestScore = "best_score";

    /// <summary>The same for each class, a JSON list in the order of the labels; -1 where nothing says one.</summary>
    public const string BestScores = "best_scores";

    /// <summary>Outputs boxes [N, 4], labels [N] and scores [N].</summary>
    public const string Detections = "detections";

    /// <summary>Outputs boxes [P, K, 4] and scores [P, K] of every proposal and class.</summary>
    public const string Raw = "raw";

    /// <summary>Input uint8 [H, W, 3].</summary>
    public const string Picture = "picture";

    /// <summary>Input float [1, 3, H, W].</summary>
    public const string Tensor = "float";

    /// <summary>The names of classes as a dictionary in Python's notation.</summary>
    public static string Dictionary(IEnumerable<ClassName> classes) =>
        "{" + string.Join(", ", classes.Select((name, label) => $"{label}: {Quoted(name.Name)}")) + "}";

    /// <summary>Names and ids of classes as JSON.</summary>
    public static string Write(IEnumerable<ClassName> classes) =>
        JsonSerializer.Serialize(classes.Select(name => new { id = name.Id, name = name.Name }));

    /// <summary>Classes that <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">The text is something else.</exception>
    public static IReadOnlyList<ClassName> Read(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return
            [
                .. document
                    .RootElement.EnumerateArray()
                    .Select(entry => new ClassName(
                        entry.GetProperty("id").GetInt64(),
                        entry.GetProperty("name").GetString() ?? throw new JsonException("a name is null")
                    )),
            ];
        }
        catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException(error.Message, error);
        }
    }

    /// <summary>The scores under <see cref="BestScore"/> and <see cref="BestScores"/>.</summary>
    /// <returns>Null where they are missing, or no scores.</returns>
    public static ScoreThresholds? ReadThresholds(IReadOnlyDictionary<string, string> metadata)
    {
        string[] byClass = metadata
            .GetValueOrDefault(BestScores, "")
            .Trim('[', ']')
            .Split(',', StringSplitOptions.RemoveEmptyEntries);
        return Score(metadata.GetValueOrDefault(BestScore, "")) is { } all && all >= 0
            ? new ScoreThresholds(all, [.. byClass.Select(text => Score(text) ?? -1)])
            : null;

        static double? Score(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double score) ? score : null;
    }

    private static string Quoted(string name)
    {
        StringBuilder text = new("'");
        foreach (char letter in name)
        {
            text.Append(
                letter switch
                {
                    '\'' or '\\' => $"\\{letter}",
                    < ' ' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                    _ => letter.ToString(),
                }
            );
        }
        return text.Append('\'').ToString();
    }
}
