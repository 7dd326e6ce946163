using DynamicRcnn.Data.Demo;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>A drawn data set and one short run on it, which the tests read and never change.</summary>
public sealed class TrainedRun : IDisposable
{
    /// <summary>Optimiser steps of the run; it is evaluated and saved after every second.</summary>
    public const int Iterations = 4;

    private readonly TemporaryFolder folder = new();

    public TrainedRun()
    {
        DemoFolder.Write(Data, new DemoFolderOptions(Seed: 3, TrainImages: 6, ValidationImages: 3), default);
        Output = Drcnn.Succeed(TrainArguments(Run));
    }

    public string Data => folder.Path("data");

    public string Run => folder.Path("run");

    /// <summary>The run's last checkpoint.</summary>
    public string Checkpoint => CheckpointOf(Run, Iterations);

    /// <summary>What the training command printed.</summary>
    public string Output { get; }

    /// <summary>A checkpoint of a run that these tests trained.</summary>
    public static string CheckpointOf(string run, int iteration) =>
        Path.Combine(run, "checkpoints", $"iteration-{iteration:D7}.safetensors");

    /// <summary>The command line of a short run on the drawn data.</summary>
    /// <param name="run">Its folder.</param>
    /// <param name="more">Further arguments.</param>
    public string[] TrainArguments(string run, params string[] more) =>
        ["train", "--data", Data, "--out", run, .. FewSteps, .. more];

    /// <summary>What makes the demo's preset short.</summary>
    public static IReadOnlyList<string> FewSteps { get; } =
    [
        .. new[] { "--preset", "tiny-demo", "--iterations", $"{Iterations}", "--threads", "2" },
        .. new[] { "--set", "solver.warmupIterations=2", "--set", "dynamic.updateInterval=3" },
        .. new[] { "--set", "run.logInterval=1", "--set", "checkpoint.interval=2" },
        .. new[] { "--set", "evaluation.interval=2" },
    ];

    /// <summary>A copy of the run that a test may change.</summary>
    public string CopyOfRun(string to)
    {
        foreach (string file in Directory.EnumerateFiles(Run, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(Run, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return to;
    }

    public void Dispose() => folder.Dispose();
}

/// <summary>Tests that train or run a detector: one after the other, with one run between them.</summary>
[CollectionDefinition(Name)]
public sealed class TrainedRunTests : ICollectionFixture<TrainedRun>
{
    public const string Name = "with a trained run";
}
