using System.Diagnostics;
using DynamicRcnn.Training.Weights;
using Xunit;

namespace DynamicRcnn.Training.Tests.Weights.Fuzzing;

/// <summary>
/// Reads damaged files of a format, one after another. Each is read or refused by one sentence in a <see cref="RunException"/>, within bounds of
/// memory and time; anything else ends the run with the mutation's number, and the file is kept.
/// </summary>
/// <param name="format">What is damaged.</param>
/// <param name="slowest">How long one file may take.</param>
internal sealed class FuzzRun(FuzzFormat format, TimeSpan slowest)
{
    /// <summary>The bound on what a reader takes for a file: so much, and so many bytes for each byte of the file.</summary>
    /// <remarks>A byte of a pickle can become an empty dictionary; elements are copied at most eight times over.</remarks>
    private const long MostBytes = 1 << 17;
    private const long MostBytesForAByte = 256;

    private readonly Stopwatch clock = new();
    private volatile int current;

    public int PastHeader { get; private set; }

    public int Loaded { get; private set; }

    public int Refused { get; private set; }

    public long MostTaken { get; private set; }

    public double MostTakenForAByte { get; private set; }

    public double SlowestMilliseconds { get; private set; }

    /// <summary>Reads so many damaged files, in a folder that is there.</summary>
    public void Read(int count, string folder)
    {
        string path = Path.Combine(folder, "weights");
        using CancellationTokenSource stopped = new();
        Task reading = Task.Factory.StartNew(
            () =>
            {
                for (int mutation = 0; mutation < count && !stopped.IsCancellationRequested; mutation++)
                {
                    Try(mutation, path);
                }
            },
            stopped.Token,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        int seen = -1;
        while (!reading.Wait(slowest * 10))
        {
            // The same mutation at two looks in a row: it has taken that long at least.
            Assert.True(current != seen, $"{format.Name}: mutation {seen} hangs; {Kept(path, seen)}");
            seen = current;
        }
    }

    /// <summary>The damaged file that a mutation's number stands for.</summary>
    public byte[] File(int mutation) => format.Damaged(new Random(mutation));

    private void Try(int mutation, string path)
    {
        current = mutation;
        byte[] file = File(mutation);
        PastHeader += format.IsPastHeader(file) ? 1 : 0;
        System.IO.File.WriteAllBytes(path, file);
        string? failure = TryRead(path, file.Length);
        if (failure is not null)
        {
            Assert.Fail($"{format.Name}: mutation {mutation} {failure}; {Kept(path, mutation)}");
        }
    }

    private string? TryRead(string path, int length)
    {
        clock.Restart();
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? failure = null;
        try
        {
            WeightFile.Read(path);
            Loaded++;
        }
        catch (RunException error)
        {
            Refused++;
            failure = error.Message.Contains('\n', StringComparison.Ordinal)
                ? $"is refused in lines: {error.Message}"
                : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            failure = $"ended in {error}";
        }
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        MostTaken = Math.Max(MostTaken, taken);
        MostTakenForAByte = Math.Max(MostTakenForAByte, (double)(taken - MostBytes) / length);
        SlowestMilliseconds = Math.Max(SlowestMilliseconds, clock.Elapsed.TotalMilliseconds);
        return failure
            ?? (taken > MostBytes + (MostBytesForAByte * length) ? $"took {taken} bytes for a file of {length}" : null)
            ?? (clock.Elapsed > slowest ? $"took {clock.Elapsed}" : null);
    }

    private string Kept(string path, int mutation)
    {
        string kept = Path.Combine(Path.GetTempPath(), $"drcnn-fuzz-{format.Name.Split(' ')[0]}-{mutation}");
        System.IO.File.Copy(path, kept, overwrite: true);
        return $"the file is {kept}";
    }
}
