using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Sees from outside when a run begins to write a checkpoint, and how long the last ones took.</summary>
internal sealed partial class SavingMoment : IDisposable
{
    private const int PatienceMilliseconds = 200;
    private readonly FileSystemWatcher watcher;
    private readonly BlockingCollection<int> begun = [];
    private long began;
    private volatile int lastMicroseconds = 3_000;

    public SavingMoment(string checkpoints)
    {
        watcher = new FileSystemWatcher(checkpoints);
        watcher.Created += (_, entry) =>
        {
            if (Unfinished().Match(entry.Name ?? "") is { Success: true } name)
            {
                Interlocked.Exchange(ref began, Stopwatch.GetTimestamp());
                begun.Add(int.Parse(name.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));
            }
        };
        watcher.Renamed += (_, _) =>
            lastMicroseconds = (int)Stopwatch.GetElapsedTime(Interlocked.Read(ref began)).TotalMicroseconds;
        watcher.EnableRaisingEvents = true;
    }

    /// <summary>How long the last whole checkpoint took from its first byte to its name.</summary>
    public int LastMicroseconds => lastMicroseconds;

    /// <summary>Waits for the next checkpoint to begin; the ones before are passed over.</summary>
    /// <param name="process">Whose checkpoint it is; one that has ended makes none.</param>
    /// <returns>Its iteration.</returns>
    public int Next(Process process)
    {
        while (begun.TryTake(out _))
        {
            // Long finished.
        }

        int iteration;
        while (!begun.TryTake(out iteration, PatienceMilliseconds))
        {
            Assert.False(process.HasExited, "the run ended by itself");
        }

        return iteration;
    }

    /// <summary>Passes a time that is too short to sleep.</summary>
    public static void Pass(double microseconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < microseconds)
        {
            Thread.SpinWait(20);
        }
    }

    public void Dispose()
    {
        watcher.Dispose();
        begun.Dispose();
    }

    [GeneratedRegex(@"^iteration-(\d+)\.safetensors\.\d+\.tmp$")]
    private static partial Regex Unfinished();
}
