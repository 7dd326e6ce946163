using System.Diagnostics;

namespace DynamicRcnn.Training;

/// <summary>
/// What the processes of a job tell each other, in the process of rank 0: values that are written once, and the sentence of whoever failed
/// first. Any thread may use it.
/// </summary>
internal sealed class MeetingStore
{
    /// <summary>The system's own limit is some days.</summary>
    private static readonly TimeSpan longestWait = TimeSpan.FromHours(1);
    private readonly object changed = new();
    private readonly Dictionary<string, byte[]> values = [];
    private string? failure;

    /// <summary>Why the job is at its end; null: it is not.</summary>
    internal string? Failure
    {
        get
        {
            lock (changed)
            {
                return failure;
            }
        }
    }

    /// <summary>Keeps a value. The first one of a key stays.</summary>
    internal void Put(string key, byte[] value)
    {
        lock (changed)
        {
            values.TryAdd(key, value);
            Monitor.PulseAll(changed);
        }
    }

    /// <summary>Ends the job. The first sentence stays.</summary>
    internal void Fail(string sentence)
    {
        lock (changed)
        {
            failure ??= sentence;
            Monitor.PulseAll(changed);
        }
    }

    /// <summary>The value of a key, waiting for it; null: it did not come, or the job has failed meanwhile.</summary>
    internal byte[]? Take(string key, TimeSpan wait)
    {
        long started = Stopwatch.GetTimestamp();
        lock (changed)
        {
            while (true)
            {
                TimeSpan left = wait - Stopwatch.GetElapsedTime(started);
                if (values.TryGetValue(key, out byte[]? found))
                {
                    return found;
                }
                if (failure is not null || left <= TimeSpan.Zero)
                {
                    return null;
                }
                Monitor.Wait(changed, left < longestWait ? left : longestWait);
            }
        }
    }
}
