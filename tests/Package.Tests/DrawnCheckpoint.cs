using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Data.Demo;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Package.Tests;

/// <summary>A detector of drawn shapes after a few iterations, and an image.</summary>
internal sealed class DrawnCheckpoint : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("drcnn-drawn-").FullName;

    public DrawnCheckpoint()
    {
        string data = System.IO.Path.Combine(root, "data");
        DemoFolder.Write(data, new DemoFolderOptions(Seed: 5, TrainImages: 6, ValidationImages: 2), default);
        Image = Directory.EnumerateFiles(System.IO.Path.Combine(data, "images"), "val_*.jpg").Order().First();
        string[] sets =
        [
            $"data.path={data}",
            "solver.iterations=4",
            "evaluation.interval=0",
            "model.roiHead.scoreThreshold=0.01",
        ];
        ResolvedConfig config = ConfigText.Resolve(new ConfigSources("tiny-demo", [], sets, [])).Value;
        string folder = System.IO.Path.Combine(root, "run");
        using (
            TrainingRun run = TrainingRun.Start(
                folder,
                config,
                DatasetReader.Open(data, "train"),
                DatasetReader.Open(data, "val")
            )
        )
        {
            foreach (RunEvent _ in run.ToEnd(CancellationToken.None)) { }
        }
        Path = RunFolder.FindCheckpoint(folder);
    }

    public string Path { get; }

    public string Image { get; }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
