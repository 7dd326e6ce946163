using System.Diagnostics;
using System.Text.Json;
using DynamicRcnn.Core;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>What a race remembers from one command to the next: the time that was used, what runs cost, and how long they are.</summary>
internal sealed class RaceState : IDisposable
{
    /// <summary>So much time may be lost to the count when the process is killed.</summary>
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly string path;
    private readonly double before;
    private readonly long started = Stopwatch.GetTimestamp();
    private Timer? timer;

    private RaceState(string path, double before, int iterations, Dictionary<string, RunCost> costs)
    {
        this.path = path;
        this.before = before;
        Iterations = iterations;
        Costs = costs;
    }

    /// <summary>Seconds that this and earlier commands have taken.</summary>
    public double Used => before + Stopwatch.GetElapsedTime(started).TotalSeconds;

    /// <summary>Of each run; 0 before they were chosen.</summary>
    public int Iterations { get; private set; }

    /// <summary>What each arm's runs were measured to cost; empty before.</summary>
    public IReadOnlyDictionary<string, RunCost> Costs { get; private set; }

    /// <summary>The state of a folder, new or gone on with.</summary>
    /// <param name="root">The experiment's folder.</param>
    /// <param name="arms">The plan's.</param>
    /// <exception cref="RunException">The file is damaged, or of other arms.</exception>
    public static RaceState Open(string root, string[] arms)
    {
        string path = Path.Combine(root, "race.json");
        if (!File.Exists(path))
        {
            return new RaceState(path, 0, 0, []);
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement content = document.RootElement;
            Dictionary<string, RunCost> costs = content
                .GetProperty("arms")
                .EnumerateArray()
                .ToDictionary(
                    arm => arm.GetProperty("name").GetString()!,
                    arm => new RunCost(Of(arm, "start"), Of(arm, "step"), Of(arm, "evaluation"))
                );
            return costs.Count == 0 || costs.Keys.SequenceEqual(arms)
                ? new RaceState(path, Of(content, "seconds"), content.GetProperty("iterations").GetInt32(), costs)
                : throw new RunException(
                    $"{path}: the race was begun with the arms {string.Join(", ", costs.Keys)}, got {string.Join(", ", arms)}; choose another --out.",
                    RunFault.Request
                );
        }
        catch (Exception error)
            when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new RunException($"{path}: expected what a race remembers: {error.Message.TrimEnd('.')}.");
        }
    }

    private static double Of(JsonElement element, string name) => element.GetProperty(name).GetDouble();

    /// <summary>Keeps the time from here on, also should the process be killed.</summary>
    public void Begin()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Save();
        timer ??= new Timer(_ => SaveQuietly(), state: null, interval, interval);
    }

    /// <summary>Remembers what was measured.</summary>
    /// <param name="costs">Of each arm, in the plan's order.</param>
    public void Measured(Dictionary<string, RunCost> costs)
    {
        Costs = costs;
        Save();
    }

    /// <summary>Remembers the length of the runs.</summary>
    public void Choose(int iterations)
    {
        Iterations = iterations;
        Save();
    }

    /// <summary>Writes the file.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save()
    {
        lock (gate)
        {
            AtomicFile.WriteJson(
                path,
                new
                {
                    iterations = Iterations,
                    seconds = Math.Round(Used, 2),
                    arms = Costs.Select(cost => new
                    {
                        name = cost.Key,
                        start = cost.Value.Start,
                        step = cost.Value.Step,
                        evaluation = cost.Value.Evaluation,
                    }),
                }
            );
        }
    }

    // A run that cannot write says so itself.
    private void SaveQuietly()
    {
        try
        {
            Save();
        }
        catch (IOException)
        {
            // The next one may be written.
        }
    }

    /// <summary>Writes the file a last time, if time was kept.</summary>
    public void Dispose()
    {
        if (timer is not null)
        {
            timer.Dispose();
            SaveQuietly();
        }
    }
}
