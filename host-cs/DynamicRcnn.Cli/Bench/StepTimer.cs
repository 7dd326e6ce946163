using System.Diagnostics;

namespace DynamicRcnn.Cli;

/// <summary>Does steps one after the other and measures them.</summary>
internal sealed class StepTimer(IBenchStep step)
{
    private int done;

    /// <summary>The seconds of the next step, or of each of the next ones on average.</summary>
    public double Next(int count = 1)
    {
        long started = Stopwatch.GetTimestamp();
        step.Run(done, count);
        done += count;
        return Stopwatch.GetElapsedTime(started).TotalSeconds / count;
    }
}
