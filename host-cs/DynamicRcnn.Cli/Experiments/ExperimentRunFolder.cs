using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Training;
using DynamicRcnn.Training.Runs;

namespace DynamicRcnn.Cli.Experiments;

/// <summary>A run of an experiment, not started, stopped half-way or finished.</summary>
/// <param name="experiment">The experiment's folder.</param>
/// <param name="run">Arm and seed.</param>
/// <param name="config">What the plan makes of them.</param>
internal sealed class ExperimentRunFolder(string experiment, ExperimentRun run, ResolvedConfig config)
{
    private const double NinetyPercent = 0.9;
    private const double Tolerance = 1e-9;

    /// <summary>Arm and seed.</summary>
    public ExperimentRun Run => run;

    /// <summary>What the plan makes of them.</summary>
    public ResolvedConfig Config => config;

    /// <summary>The folder's name.</summary>
    public string Name => run.Name;

    /// <summary>The folder.</summary>
    public string Root { get; } = Path.Combine(experiment, run.Name);

    /// <summary>Null before the run is started.</summary>
    private RunFolder? Folder => RunFolder.Find(Root);

    private int Iterations => config.Config.Solver.Iterations;

    /// <summary>Whether there is a checkpoint to go on from.</summary>
    public bool CanResume => Folder?.LastCheckpoint is not null;

    /// <summary>Whether it was evaluated after its last iteration.</summary>
    public bool IsFinished => Evaluation() is not null;

    /// <summary>A folder of other settings is neither gone on with nor counted.</summary>
    /// <exception cref="RunException">It was made with other settings.</exception>
    public void RequireSameSettings()
    {
        if (Folder?.ConfigPath is not { } path)
        {
            return;
        }

        ResolvedConfig recorded = Configuration.Require(ConfigApi.Read(new ConfigLayer(path, File.ReadAllText(path))));
        ConfigDifference? difference = ConfigApi
            .Differences(recorded.Config, config.Config)
            .FirstOrDefault(each => !each.MayChangeOnResume);
        if (difference is not null)
        {
            throw new RunException(
                $"{path}: {difference.Path}: got {difference.Before}, expected the plan's {difference.After}; choose another --out.",
                RunFault.Request
            );
        }
    }

    /// <summary>What a finished run is remembered by.</summary>
    /// <exception cref="RunException">A file of the run is damaged.</exception>
    public ExperimentOutcome Outcome()
    {
        string path = Evaluation()!;
        try
        {
            using JsonDocument evaluation = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement figures = evaluation.RootElement.GetProperty("figures");
            double ap90 = evaluation
                .RootElement.GetProperty("ap_by_iou")
                .EnumerateArray()
                .First(each => Math.Abs(each.GetProperty("iou").GetDouble() - NinetyPercent) < Tolerance)
                .GetProperty("ap")
                .GetDouble();
            path = Folder!.LogPath;
            (JsonElement last, double seconds) = ReadLog(path);
            return new ExperimentOutcome(
                run.Arm.Name,
                run.Seed,
                figures.GetProperty("AP").GetDouble(),
                figures.GetProperty("AP50").GetDouble(),
                figures.GetProperty("AP75").GetDouble(),
                ap90,
                last.GetProperty("iou_threshold").GetDouble(),
                last.GetProperty("beta").GetDouble(),
                Iterations / config.Config.Dynamic.UpdateInterval,
                last.GetProperty("dead_windows").GetInt32(),
                seconds
            );
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RunException($"{path}: expected the figures of a finished run: {error.Message.TrimEnd('.')}.");
        }
    }

    private string? Evaluation() =>
        Folder?.Evaluations().FirstOrDefault(each => each.Iteration == Iterations).Path;

    /// <summary>The last iteration's line, and the seconds of all lines.</summary>
    private static (JsonElement Last, double Seconds) ReadLog(string path)
    {
        JsonElement? last = null;
        double seconds = 0;
        foreach (string line in File.ReadLines(path))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            seconds += document.RootElement.GetProperty("seconds").GetDouble();
            if (document.RootElement.TryGetProperty("iou_threshold", out _))
            {
                last = document.RootElement.Clone();
            }
        }

        return (last ?? throw new JsonException("no iteration"), seconds);
    }
}
