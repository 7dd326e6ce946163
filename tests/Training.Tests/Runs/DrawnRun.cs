using System.Text.Json.Nodes;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Data.Demo;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Runs;

/// <summary>A folder with a small drawn data set and room for runs on it.</summary>
internal sealed class DrawnRun : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("drcnn-run-").FullName;

    public DrawnRun() =>
        DemoFolder.Write(Data, new DemoFolderOptions(Seed: 3, TrainImages: 6, ValidationImages: 2), default);

    public string Data => Path.Combine(root, "data");

    public string Folder(string name) => Path.Combine(root, name);

    public string Statistics(string name) => Path.Combine(Folder(name), "statistics.bin");

    /// <summary>The demo's preset, with fewer iterations and pixels, and with what a test changes.</summary>
    public ResolvedConfig Config(params string[] sets)
    {
        string[] shorter =
        [
            $"data.path={Data}",
            "solver.iterations=8",
            "solver.warmupIterations=2",
            "dynamic.updateInterval=3",
            "evaluation.interval=4",
            "checkpoint.interval=3",
            "run.threads=2",
            "data.shortSides=[96]",
            "data.maxSide=128",
            "data.evaluationShortSide=96",
            "data.evaluationMaxSide=128",
        ];
        IEnumerable<string> all = shorter.Concat(sets).GroupBy(set => set.Split('=')[0], (_, same) => same.Last());
        return ConfigText.Resolve(new ConfigSources("tiny-demo", [], [.. all], [])).Value;
    }

    public TrainingRun Start(string name, ResolvedConfig config, StepReading? reading = null) =>
        TrainingRun.Start(Folder(name), config, Split("train"), Split("val"), group: null, reading);

    public TrainingRun Resume(string name, ResolvedConfig config, StepReading? reading = null) =>
        TrainingRun.Resume(Folder(name), config, Split("train"), Split("val"), group: null, reading);

    /// <summary>A run from its first iteration to its end.</summary>
    public List<RunEvent> Whole(string name, params string[] sets) => Whole(name, reading: null, sets);

    /// <summary>The same, with a word about when the numbers of steps are read.</summary>
    public List<RunEvent> Whole(string name, StepReading? reading, params string[] sets)
    {
        using TrainingRun run = Start(name, Config(sets), reading);
        return [.. run.ToEnd(CancellationToken.None)];
    }

    public TensorFile Checkpoint(string run, int iteration) =>
        SafetensorsFile.Read(Path.Combine(Folder(run), "checkpoints", $"iteration-{iteration:D7}.safetensors"));

    /// <summary>The lines of a run's log without what differs from run to run: times and memory.</summary>
    public List<string> Log(string run) =>
        [
            .. File.ReadLines(Path.Combine(Folder(run), "log.jsonl"))
                .Select(line =>
                {
                    JsonObject fields = JsonNode.Parse(line)!.AsObject();
                    foreach (string field in RunFiles.Changing)
                    {
                        fields.Remove(field);
                    }
                    return fields.ToJsonString();
                }),
        ];

    public static Dictionary<string, byte[]> Bits(TensorFile file) =>
        file.Tensors.ToDictionary(entry => entry.Key, entry => entry.Value.Data.ToArray());

    public Dataset Split(string split) => DatasetReader.Open(Data, split);

    public void Dispose() => Directory.Delete(root, recursive: true);
}
