using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests.Fuzzing;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Runs.Fuzzing;

/// <summary>What a run writes and other programs hand over: checkpoints, configurations, statistics, detections.</summary>
internal static class RunFormats
{
    private static readonly Config config = TestConfig.Tiny();

    private static readonly string[] jsonInsertions =
    [
        .. JsonText.Insertions,
        "-0.0",
        "NaN",
        "//",
        "true",
        "\"iterations\":3,",
        "..",
    ];

    private const string GroundTruthText =
        """{"images":[{"id":1},{"id":2},{"id":-1}],"categories":[{"id":1,"name":"a"},{"id":3,"name":"c"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0},{"id":2,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12.5,"iscrowd":1,"ignore":1}]}""";

    private static readonly string[] stateInsertions =
    [
        "\n",
        "=",
        " ",
        "NaN",
        "1e999",
        "iteration=3\n",
        "\0",
        "\\",
        "seed=0",
        "-",
    ];

    /// <summary>Every format that is read.</summary>
    public static IReadOnlyList<FuzzFormat> All { get; } =
    [
        Checkpoint(),
        Json(
            "config.json of a run",
            [ConfigText.Write(ConfigText.Resolve(new ConfigSources("tiny-demo", [], [], [])).Value)],
            (path, text) => Problem(ConfigText.ReadBack(new ConfigLayer(path, text)))
        ),
        Json(
            "configuration",
            [
                """{"preset":"tiny-demo","solver":{"iterations":50,"baseLearningRate":1e-2,"milestones":[20,40]},"dynamic":{"rule":"Official"}}""",
                """{ /* a comment */ "preset": "r50-fpn", "data": {"shortSides": [64,], "path": "x", "flipProbability": 0.5}, "evaluation": {"testing": {"kind": "MMDetection", "scales": [1], "maxSides": [2]}}, }""",
            ],
            (path, text) => Problem(ConfigText.Resolve(new ConfigSources(null, [new ConfigLayer(path, text)], [], [])))
        ),
        Json(
            "COCO results",
            [
                """[{"image_id":1,"category_id":1,"bbox":[1,2,3.5,4],"score":0.5},{"image_id":2,"category_id":3,"bbox":[1e1,2,3,4],"score":1}]""",
                """[{"image_id":-1,"category_id":1,"bbox":[0,0,0,0],"score":0,"segmentation":{"counts":"x","size":[1,2]}}]""",
            ],
            (path, text) =>
                Problem(CocoResultsText.Results(path, text, CocoResultsText.GroundTruth(path, GroundTruthText).Value))
        ),
        Json("COCO ground truth", [GroundTruthText], (path, text) => Problem(CocoResultsText.GroundTruth(path, text))),
        Statistics(),
    ];

    /// <summary>Damage inside the texts of a checkpoint, whose header and sizes are right again; or anywhere in the file.</summary>
    private static FuzzFormat Checkpoint()
    {
        string state = CheckpointText.Write(TrainingState.Initial(config, [new EnvironmentEntry("libtorch", "1.13")]));
        string json = ConfigText.Write(ConfigText.Resolve(new ConfigSources("tiny-demo", [], [], [])).Value);
        Mutator text = new([.. stateInsertions.Select(Encoding.UTF8.GetBytes)]);
        Mutator bytes = new([
            [0],
            [255],
            .. "{\"a\":"u8.ToArray().Select(code => (byte[])[code]),
        ]);
        return new FuzzFormat("checkpoint", Damaged, IsSafetensors, Read) { MostBytes = 1 << 24 };

        byte[] Damaged(Random random)
        {
            int where = random.Next(5);
            string Part(int place, string whole) =>
                where == place ? Encoding.UTF8.GetString(text.Mutated(Encoding.UTF8.GetBytes(whole), random)) : whole;
            Dictionary<string, string> metadata = new()
            {
                ["training_state"] = Part(0, state),
                ["classes"] = Part(1, "1 cell\n2 two\\nlines\n-7 "),
                ["config"] = Part(2, json),
            };
            byte[] file = Safetensors(
                JsonSerializer.SerializeToUtf8Bytes(metadata),
                random.Next(4) == 0 ? random : null
            );
            return where == 4 ? bytes.Mutated(file, random) : file;
        }
    }

    private static byte[] Safetensors(byte[] metadata, Random? random)
    {
        long end = random is null ? 24 : random.Next(30);
        byte[] header =
        [
            .. "{\"__metadata__\":"u8,
            .. metadata,
            .. Encoding.ASCII.GetBytes($$$""","model.a":{"dtype":"F32","shape":[3,2],"data_offsets":[0,{{{end}}}]}}"""),
        ];
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return [.. length, .. header, .. new byte[24]];
    }

    private static bool IsSafetensors(byte[] file)
    {
        if (
            file.Length < sizeof(long)
            || BitConverter.ToInt64(file) is var length && (length < 0 || length > file.Length - 8)
        )
        {
            return false;
        }
        try
        {
            using JsonDocument header = JsonDocument.Parse(file.AsMemory(8, (int)length));
            return header.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Read(string path)
    {
        try
        {
            Checkpoint read = CheckpointFile.Read(path);
            return read.ConfigJson.Length == 0
                ? null
                : Problem(ConfigText.ReadBack(new ConfigLayer(path, read.ConfigJson)));
        }
        catch (RunException refusal)
        {
            return refusal.Message;
        }
    }

    private static FuzzFormat Statistics()
    {
        StatisticsHeader header = StatisticsFormat.HeaderOf(config.Dynamic);
        BatchRecord skipped = GridStatistics.Nothing(
            header.Grid,
            BatchOutcome.NewSkipped(SkipReason.ImageWithoutBoxes),
            imageCount: 2
        );
        byte[] file =
        [
            .. StatisticsFormat.WriteHeader(header),
            .. Enumerable
                .Range(1, 5)
                .SelectMany(iteration =>
                    StatisticsFormat.WriteRecord(
                        header,
                        new StatisticsRecord(iteration, TrainingState.Initial(config, []).Setting, skipped)
                    )
                ),
        ];
        int headerBytes = StatisticsFormat.HeaderSize(header);
        Mutator mutator = new([
            [0],
            [255],
            [0x80, 0x7F],
        ]);
        return new FuzzFormat(
            "statistics.bin",
            Damaged,
            bytes => bytes.AsSpan().StartsWith(file.AsSpan(0, 8)),
            path => Problem(StatisticsFormat.Read(path, File.ReadAllBytes(path)))
        );

        byte[] Damaged(Random random) =>
            random.Next(2) == 0
                ? mutator.Mutated(file, random)
                : [.. file[..headerBytes], .. mutator.Mutated(file[headerBytes..], random)];
    }

    private static FuzzFormat Json(string name, string[] seeds, Func<string, string, string?> read)
    {
        Mutator mutator = new([.. jsonInsertions.Select(Encoding.UTF8.GetBytes)]);
        byte[][] whole = [.. seeds.Select(Encoding.UTF8.GetBytes)];
        return new FuzzFormat(
            name,
            random => mutator.Mutated(whole[random.Next(whole.Length)], random),
            IsJson,
            path => read(path, File.ReadAllText(path))
        )
        {
            // Twenty unknown keys are compared with every known one.
            MostBytes = 1 << 24,
            MostBytesForAByte = 1024,
        };
    }

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            JsonDocumentOptions lenient = new()
            {
                AllowTrailingCommas = true,
                CommentHandling = JsonCommentHandling.Skip,
            };
            using JsonDocument document = JsonDocument.Parse(bytes, lenient);
            return document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The first of the sentences; each must be one.</summary>
    private static string? Problem<T>(Parsed<T> parsed) =>
        parsed.IsOk
            ? null
            : parsed.Problems.FirstOrDefault(problem => problem.Contains('\n', StringComparison.Ordinal))
                ?? parsed.Problems[0];
}
