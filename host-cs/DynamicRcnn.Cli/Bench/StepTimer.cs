using System.Diagnostics;

namespace DynamicRcnn.Cli.Bench;

/// <summary>Does steps one after the other and measures each.</summary>
internal sealed class StepTimer(IBenchStep step)
{
    private int done;

    /// <summary>The seconds of the next step.</summary>
    public double Next()
    {
        long started = Stopwatch.GetTimestamp();
        step.Run(done);
        done++;
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
