using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Report.Tests;

/// <summary>The folder of a run as training leaves it, made up here: no training takes place.</summary>
internal sealed class RecordedRun : IDisposable
{
    private const int ImageWidth = 64;
    private const int ImageHeight = 48;
    private readonly string root = Directory.CreateTempSubdirectory("drcnn-report-").FullName;

    /// <summary>An empty run.</summary>
    /// <param name="name">Its folder's name.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="sets">What differs from the demo's preset.</param>
    public RecordedRun(string name = "dynamic", string[]? classes = null, params string[] sets)
    {
        Path = System.IO.Path.Combine(root, name);
        Classes = classes ?? ["cat", "dog"];
        Directory.CreateDirectory(System.IO.Path.Combine(Path, "evaluation"));
        string[] all = ["solver.iterations=1000", .. sets];
        ResolvedConfig config = ConfigText.Resolve(new ConfigSources("tiny-demo", [], all, [])).Value;
        File.WriteAllText(System.IO.Path.Combine(Path, "config.json"), ConfigText.Write(config));
        Dynamic = config.Config.Dynamic;
    }

    public string Path { get; }

    public string[] Classes { get; }

    public DynamicConfig Dynamic { get; }

    public string LogPath => System.IO.Path.Combine(Path, "log.jsonl");

    public RunSource Open() => RunSource.Open([Path])[0];

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Iterations with falling losses and a threshold that rises in windows of a hundred.</summary>
    public RecordedRun WithSteps(int count, int first = 1)
    {
        using StreamWriter log = new(LogPath, append: true);
        for (int iteration = first; iteration < first + count; iteration++)
        {
            log.WriteLine(Step(iteration));
        }
        return this;
    }

    public static string Step(int iteration)
    {
        double noise = ((iteration * 7919L) % 101) / 200.0;
        double window = iteration / 100 * 100;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"iteration\":{iteration},\"learning_rate\":0.01,\"iou_threshold\":{0.6 - (0.2 / (1 + (window / 300)))},\"beta\":{1 / (1 + (window / 500))},\"seconds\":0.25,\"waiting_seconds\":0.001,\"resident_megabytes\":900,\"live_tensors\":10,\"loss\":{(2 / (1 + (iteration / 200.0))) + noise},\"rpn_objectness\":{0.2 + noise},\"rpn_box\":{0.1 + noise},\"classification\":{0.7 + noise},\"box\":{0.4 + noise},\"gradient_norm\":{3 + noise},\"top_iou\":{0.5 + (noise / 10)},\"low_error\":{0.3 - (noise / 10)}}}"
        );
    }

    /// <summary>A line as it is.</summary>
    public RecordedRun WithText(string text)
    {
        File.AppendAllText(LogPath, text);
        return this;
    }

    /// <summary>Statistics of as many iterations, at every rank of the run's grid.</summary>
    /// <param name="count">Of iterations.</param>
    /// <param name="stage">Of a cascade, from 0.</param>
    public RecordedRun WithStatistics(int count, int stage = 0)
    {
        StatisticsHeader header = StatisticsFormat.HeaderOf(Dynamic);
        using FileStream file = File.Create(RunFolder.Read(Path).StatisticsOf(stage));
        file.Write(StatisticsFormat.WriteHeader(header));
        for (int iteration = 1; iteration <= count; iteration++)
        {
            double quality = 1 - (1 / (1 + (iteration / 100.0)));
            BatchRecord batch = new(
                BatchOutcome.NewMeasured(new BatchStatistics(0.5, 0.3)),
                [.. header.Grid.TopIoUCounts.Select(rank => (0.4 + (0.5 * quality)) / (1 + (rank / 400.0)))],
                [.. header.Grid.LowErrorCounts.Select(rank => 0.01 * rank)],
                imageCount: 2,
                annotatedImageCount: 2,
                proposalCount: 1000,
                groundTruthCount: 8,
                overlapCount: 40,
                positiveCount: 200
            );
            file.Write(
                StatisticsFormat.WriteRecord(header, new StatisticsRecord(iteration, new Setting(0.4, 1), batch))
            );
        }
        return this;
    }

    /// <summary>An evaluation with every field that the report knows.</summary>
    public RecordedRun WithEvaluation(int iteration, double ap)
    {
        double[] recall = [.. Enumerable.Range(0, 101).Select(place => place / 100.0)];
        int[] all = [.. Classes.Select((_, place) => place)];
        JsonNode Precision(double scale) =>
            new JsonArray([.. recall.Select(at => (JsonNode)Math.Max(0, scale - (at * scale)))]);
        JsonObject content = new()
        {
            ["figures"] = new JsonObject
            {
                ["AP"] = ap,
                ["AP50"] = ap + 0.2,
                ["AP75"] = ap,
            },
            ["ap_by_iou"] = new JsonArray([
                .. Enumerable
                    .Range(0, 10)
                    .Select(place => new JsonObject
                    {
                        ["iou"] = 0.5 + (0.05 * place),
                        ["ap"] = Math.Max(0, ap + 0.2 - (0.05 * place)),
                    }),
            ]),
            ["classes"] = new JsonArray([
                .. all.Select(place => new JsonObject
                {
                    ["id"] = place + 1,
                    ["name"] = Classes[place],
                    ["AP"] = ap,
                    ["AP50"] = ap,
                    ["AP75"] = ap,
                    ["boxes"] = 5,
                }),
            ]),
            ["images"] = 2,
            ["boxes"] = 4,
            ["crowds"] = 0,
            ["detections"] = 6,
            ["precision_recall"] = new JsonObject
            {
                ["recall"] = new JsonArray([.. recall.Select(value => (JsonNode)value)]),
                ["curves"] = new JsonArray([
                    .. Enumerable
                        .Range(0, 10)
                        .Select(place => new JsonObject
                        {
                            ["iou"] = 0.5 + (0.05 * place),
                            ["precision"] = Precision(1 - (0.05 * place)),
                        }),
                ]),
                ["classes"] = new JsonArray([
                    .. all.Select(place => new JsonObject
                    {
                        ["id"] = place + 1,
                        ["iou"] = 0.5,
                        ["precision"] = Precision(0.9),
                    }),
                ]),
            },
            ["scores"] = new JsonObject
            {
                ["iou"] = 0.5,
                ["best"] = ScoreOf(0.62, 0.8),
                ["score"] = new JsonArray([.. recall.Select(value => (JsonNode)value)]),
                ["precision"] = Precision(0.9),
                ["recall"] = Precision(0.8),
                ["f1"] = Precision(0.7),
                ["classes"] = new JsonArray([.. all.Select(place => ScoreOf(0.5, 0.75, place + 1))]),
            },
            ["confusion"] = new JsonObject
            {
                ["iou"] = 0.5,
                ["score"] = 0.5,
                ["labels"] = new JsonArray([.. Classes.Append("background").Select(name => (JsonNode)name)]),
                ["counts"] = new JsonArray([
                    .. all.Append(all.Length)
                        .Select(row => new JsonArray([
                            .. all.Append(all.Length).Select(column => (JsonNode)(row == column ? 7 : 1)),
                        ])),
                ]),
            },
            ["errors"] = new JsonObject
            {
                ["iou"] = 0.5,
                ["score"] = 0.5,
                ["correct"] = 14,
                ["localisation"] = 2,
                ["class"] = 2,
                ["duplicate"] = 1,
                ["background"] = 2,
                ["in_crowd"] = 0,
                ["missed"] = 2,
            },
            ["error_costs"] = new JsonObject(
                new[]
                {
                    "class",
                    "localisation",
                    "class_and_localisation",
                    "duplicate",
                    "background",
                    "missed",
                    "false_positives",
                    "false_negatives",
                }.Select(
                    (kind, place) =>
                        KeyValuePair.Create<string, JsonNode?>(
                            kind,
                            new JsonObject { ["count"] = place, ["ap50"] = place / 100.0 }
                        )
                )
            ),
            ["worst_images"] = new JsonArray([
                new JsonObject
                {
                    ["id"] = 2,
                    ["file"] = "two.jpg",
                    ["f1"] = 0.1,
                    ["correct"] = 1,
                    ["missed"] = 2,
                    ["false_positives"] = 3,
                },
            ]),
            ["best_images"] = new JsonArray(),
        };
        return WithEvaluation(iteration, content.ToJsonString());
    }

    private static JsonObject ScoreOf(double score, double f1, int? id = null)
    {
        JsonObject point = new()
        {
            ["score"] = score,
            ["precision"] = f1,
            ["recall"] = f1,
            ["f1"] = f1,
        };
        if (id is { } category)
        {
            point["id"] = category;
        }
        return point;
    }

    /// <summary>An evaluation with the text of its file.</summary>
    public RecordedRun WithEvaluation(int iteration, string text)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, "evaluation", $"iteration-{iteration:D7}.json"), text);
        return this;
    }

    /// <summary>
    /// A panel of images, each with one ground truth of every class: a box of 10 pixels a side for each, from the left to the right.
    /// </summary>
    public RecordedRun WithPanel(int images = 2, string[]? files = null)
    {
        string folder = System.IO.Path.Combine(Path, "panel");
        Directory.CreateDirectory(folder);
        List<JsonNode> entries = [];
        for (int place = 0; place < images; place++)
        {
            byte[] pixels = new byte[ImageWidth * ImageHeight * 3];
            Array.Fill(pixels, (byte)(60 + (40 * place)));
            string picture = $"{place:D2}.jpg";
            File.WriteAllBytes(
                System.IO.Path.Combine(folder, picture),
                ImageCodec.EncodeJpeg(new RgbImage(ImageWidth, ImageHeight, pixels))
            );
            entries.Add(
                new JsonObject
                {
                    ["id"] = place + 1,
                    ["file"] = files?[place] ?? $"val_{place}.jpg",
                    ["width"] = ImageWidth,
                    ["height"] = ImageHeight,
                    ["written_width"] = ImageWidth,
                    ["written_height"] = ImageHeight,
                    ["picture"] = picture,
                    ["boxes"] = Boxes(Enumerable.Range(0, Classes.Length), last: 0),
                }
            );
        }
        JsonObject panel = new()
        {
            ["classes"] = new JsonArray([.. Classes.Select(name => (JsonNode)name)]),
            ["images"] = new JsonArray([.. entries]),
        };
        File.WriteAllText(System.IO.Path.Combine(folder, "images.json"), panel.ToJsonString());
        return this;
    }

    /// <summary>What an evaluation found in each image of the panel: the ground truths of these classes, all with the same score.</summary>
    public RecordedRun WithFound(int iteration, double score, params int[] labels)
    {
        string panel = File.ReadAllText(System.IO.Path.Combine(Path, "panel", "images.json"));
        using JsonDocument document = JsonDocument.Parse(panel);
        int images = document.RootElement.GetProperty("images").GetArrayLength();
        JsonObject found = new()
        {
            ["iteration"] = iteration,
            ["images"] = new JsonArray([.. Enumerable.Range(0, images).Select(_ => Boxes(labels, score))]),
        };
        File.WriteAllText(
            System.IO.Path.Combine(Path, "evaluation", $"iteration-{iteration:D7}.panel.json"),
            found.ToJsonString()
        );
        return this;
    }

    /// <summary>A run that has everything: three evaluations, of which each finds more than the one before.</summary>
    public RecordedRun Whole()
    {
        WithSteps(300).WithStatistics(300).WithPanel();
        WithEvaluation(100, 0.1).WithFound(100, 0.3);
        WithEvaluation(200, 0.3).WithFound(200, 0.6, 0);
        return WithEvaluation(300, 0.25).WithFound(300, 0.8, 0, 1);
    }

    private static JsonArray Boxes(IEnumerable<int> labels, double last) =>
        new([.. labels.Select(label => new JsonArray(2 + (12 * label), 4, 12 + (12 * label), 14, label, last))]);
}
