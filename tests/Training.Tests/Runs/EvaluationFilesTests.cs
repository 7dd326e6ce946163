using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Training.Tests.Runs;

public sealed class EvaluationFilesTests : IDisposable
{
    private static readonly EvaluationNames Names = new(
        new Dictionary<long, string> { [3] = "ring, \"broken\"" },
        new Dictionary<long, string> { [1] = "a.jpg", [2] = "b.jpg" }
    );

    private readonly string folder = Directory.CreateTempSubdirectory("drcnn-evaluation-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_JSON_holds_figures_curves_VOC_confusion_errors_and_images()
    {
        string path = Path.Combine(folder, "figures.json");
        EvaluationJson.Write(path, Measured(), Names);
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        JsonElement root = document.RootElement;

        JsonElement ring = root.GetProperty("classes")[0];
        Assert.Equal(0.5, ring.GetProperty("AP50").GetDouble(), 0.01);
        Assert.Equal(-1, ring.GetProperty("APl").GetDouble());
        Assert.Equal(10, ring.GetProperty("ap_by_iou").GetArrayLength());
        Assert.Equal(-1, root.GetProperty("classes")[1].GetProperty("AP").GetDouble());

        JsonElement curves = root.GetProperty("precision_recall");
        Assert.Equal(101, curves.GetProperty("recall").GetArrayLength());
        Assert.Equal(1, curves.GetProperty("recall")[100].GetDouble());
        Assert.Equal(10, curves.GetProperty("curves").GetArrayLength());
        Assert.All(
            curves.GetProperty("curves").EnumerateArray(),
            curve => Assert.Equal(101, curve.GetProperty("precision").GetArrayLength())
        );
        // pycocotools adds NumPy's spacing(1) to the divisor.
        Assert.Equal(
            1 / Math.BitIncrement(1.0),
            curves.GetProperty("curves")[0].GetProperty("precision")[50].GetDouble()
        );
        Assert.Equal(0, curves.GetProperty("curves")[0].GetProperty("precision")[51].GetDouble());
        Assert.Equal(-1, curves.GetProperty("classes")[1].GetProperty("precision")[0].GetDouble());

        JsonElement voc = root.GetProperty("voc");
        Assert.Equal(0.5, voc.GetProperty("ap50_area").GetDouble(), 1e-12);
        Assert.Equal(6.0 / 11, voc.GetProperty("classes")[0].GetProperty("ap50_11_point").GetDouble(), 1e-12);

        JsonElement confusion = root.GetProperty("confusion");
        Assert.Equal(["ring, \"broken\"", "id 8", "background"], Texts(confusion.GetProperty("labels")));
        Assert.Equal(
            ["[1,0,1]", "[0,0,0]", "[0,1,0]"],
            confusion.GetProperty("counts").EnumerateArray().Select(row => row.GetRawText())
        );

        JsonElement errors = root.GetProperty("errors");
        Assert.Equal(
            ["iou", "score", "correct", "localisation", "class", "duplicate", "background", "in_crowd", "missed"],
            errors.EnumerateObject().Select(field => field.Name)
        );
        Assert.Equal(1, errors.GetProperty("missed").GetInt32());

        JsonElement costs = root.GetProperty("error_costs");
        Assert.Equal(
            [
                "class",
                "localisation",
                "class_and_localisation",
                "duplicate",
                "background",
                "missed",
                "false_positives",
                "false_negatives",
            ],
            costs.EnumerateObject().Select(field => field.Name)
        );
        Assert.Equal(1, costs.GetProperty("missed").GetProperty("count").GetInt32());
        Assert.True(costs.GetProperty("missed").GetProperty("ap50").GetDouble() > 0);

        Assert.Equal(["b.jpg", "a.jpg"], Texts(root.GetProperty("worst_images"), "file"));
        Assert.Equal(["a.jpg", "b.jpg"], Texts(root.GetProperty("best_images"), "file"));
        Assert.Equal(1, root.GetProperty("worst_images")[0].GetProperty("missed").GetInt32());
        Assert.Equal(1, root.GetProperty("worst_images")[0].GetProperty("false_positives").GetInt32());
    }

    [Fact]
    public void The_CSV_has_a_row_for_all_and_one_for_each_class_under_one_heading()
    {
        string path = Path.Combine(folder, "figures.csv");
        EvaluationResult result = Measured();
        EvaluationCsv.Write(path, result, Names);
        string[] lines = File.ReadAllText(path).Split("\r\n");
        Assert.Equal(5, lines.Length);
        Assert.Equal("", lines[4]);
        Assert.StartsWith("class,id,AP,AP50,AP75,APs,APm,APl,AR1,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(
            ",AP@0.95,VOC AP 11-point,VOC AP area,best F1,at score,boxes,detections",
            lines[0],
            StringComparison.Ordinal
        );
        int columns = lines[0].Split(',').Length;
        Assert.StartsWith("all,,0.", lines[1], StringComparison.Ordinal);
        Assert.Equal(columns, lines[1].Split(',').Length);
        Assert.Equal(columns, lines[3].Split(',').Length);
        Assert.Equal(
            result.AP,
            double.Parse(lines[1].Split(',')[2], System.Globalization.CultureInfo.InvariantCulture)
        );
        Assert.StartsWith("\"ring, \"\"broken\"\"\",3,0.", lines[2], StringComparison.Ordinal);
        Assert.StartsWith("id 8,8,-1,", lines[3], StringComparison.Ordinal);
    }

    // One of two rings is found, and a thing of another class where there is none.
    private static EvaluationResult Measured() =>
        CocoEvaluation.Evaluate(
            [
                new EvaluationBox(1, 1, 3, 10, 10, 20, 20, 400, false),
                new EvaluationBox(2, 2, 3, 10, 10, 20, 20, 400, false),
            ],
            [new DetectionBox(1, 3, 10, 10, 20, 20, 0.9), new DetectionBox(2, 8, 50, 50, 20, 20, 0.8)],
            [3, 8],
            [1, 2]
        );

    private static IEnumerable<string?> Texts(JsonElement array) =>
        array.EnumerateArray().Select(element => element.GetString());

    private static IEnumerable<string?> Texts(JsonElement array, string field) =>
        array.EnumerateArray().Select(element => element.GetProperty(field).GetString());
}
