using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>A run of an experiment, not started, stopped half-way or finished.</summary>
/// <param name="experiment">The experiment's folder.</param>
/// <param name="run">Arm and seed.</param>
/// <param name="config">What the plan makes of them.</param>
internal sealed class ExperimentRunFolder(string experiment, ExperimentRun run, ResolvedConfig config)
{
    private const int CocoIoUs = 10;

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

        ResolvedConfig recorded = Configuration.Require(
            ConfigText.ReadBack(new ConfigLayer(path, File.ReadAllText(path)))
        );
        ConfigDifference? difference = ConfigComparison
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
        (double ap, double[] apByIoU) = Reading(Evaluation()!, ReadEvaluation);
        return Reading(
            Folder!.LogPath,
            path =>
            {
                JsonElement[] log = ReadLog(path);
                JsonElement last = log.Last(IsIteration);
                return new ExperimentOutcome(
                    run.Arm.Name,
                    run.Seed,
                    ap,
                    apByIoU,
                    last.GetProperty("iou_threshold").GetDouble(),
                    last.GetProperty("beta").GetDouble(),
                    Iterations / config.Config.Dynamic.UpdateInterval,
                    last.GetProperty("dead_windows").GetInt32(),
                    log.Sum(line => line.GetProperty("seconds").GetDouble())
                );
            }
        );
    }

    /// <summary>Seconds of a step, their median over the run.</summary>
    /// <exception cref="RunException">The log is damaged.</exception>
    public double MedianStepSeconds() =>
        Reading(
            Folder!.LogPath,
            path =>
            {
                double[] seconds =
                [
                    .. ReadLog(path).Where(IsIteration).Select(line => line.GetProperty("seconds").GetDouble()).Order(),
                ];
                return seconds[seconds.Length / 2];
            }
        );

    private string? Evaluation() => Folder?.Evaluations().FirstOrDefault(each => each.Iteration == Iterations).Path;

    private static T Reading<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new RunException($"{path}: expected the figures of a finished run: {error.Message.TrimEnd('.')}.");
        }
    }

    private static (double AP, double[] APByIoU) ReadEvaluation(string path)
    {
        using JsonDocument evaluation = JsonDocument.Parse(File.ReadAllBytes(path));
        JsonElement byIoU = evaluation.RootElement.GetProperty("ap_by_iou");
        return byIoU.GetArrayLength() == CocoIoUs
            ? (
                evaluation.RootElement.GetProperty("figures").GetProperty("AP").GetDouble(),
                [.. byIoU.EnumerateArray().Select(each => each.GetProperty("ap").GetDouble())]
            )
            : throw new JsonException($"ap_by_iou: got {byIoU.GetArrayLength()} items, expected {CocoIoUs}");
    }

    private static JsonElement[] ReadLog(string path) => [.. File.ReadLines(path).Select(Line)];

    private static JsonElement Line(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    /// <summary>Other lines are those of evaluations.</summary>
    private static bool IsIteration(JsonElement line) => line.TryGetProperty("iou_threshold", out _);
}
