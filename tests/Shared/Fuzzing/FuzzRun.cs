using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace DynamicRcnn.Tests.Fuzzing;

/// <summary>
/// Reads damaged files of a format, one after another. Each is read or refused by one sentence, within bounds of memory and time; anything else ends
/// the run with the mutation's number, from which the same file is made again, and the file is kept.
/// </summary>
/// <param name="format">What is damaged.</param>
/// <param name="slowest">How long one file may take.</param>
internal sealed class FuzzRun(FuzzFormat format, TimeSpan slowest)
{
    /// <summary>How many damaged files of each format; `dotnet fsi build.fsx fuzz` sets it.</summary>
    private const string CountVariable = "DRCNN_FUZZ_MUTATIONS";

    /// <summary>At least this share of the files gets past the header, in one part of so many.</summary>
    private const int LeastPastHeader = 5;
    private const int Looks = 3;

    private readonly Stopwatch clock = new();
    private volatile int current;

    /// <summary>Reads as many damaged files as are asked for, and says what became of them.</summary>
    /// <param name="format">What is damaged.</param>
    /// <param name="few">How many unless the variable says another number.</param>
    /// <param name="folder">Empty.</param>
    /// <param name="output">Told the figures.</param>
    public static void ReadAll(FuzzFormat format, int few, string folder, ITestOutputHelper output)
    {
        string? wanted = Environment.GetEnvironmentVariable(CountVariable);
        int count = wanted is null ? few : int.Parse(wanted, CultureInfo.InvariantCulture);
        // A second is a hang for files this small; the tests, whose machine may be busy, allow more.
        FuzzRun run = new(format, TimeSpan.FromSeconds(wanted is null ? 30 : 1));
        run.Read(count, folder);
        output.WriteLine(
            $"{format.Name}: {count} mutations, {(double)run.PastHeader / count:P0} past the header, {run.Loaded} read, {run.Refused} refused; "
                + $"most memory {run.MostTaken / 1024.0:F0} KiB, {run.MostTakenForAByte:F0} bytes a byte; slowest {run.SlowestMilliseconds:F1} ms"
        );
        Assert.Equal(count, run.Loaded + run.Refused);
        Assert.True(run.PastHeader >= count / LeastPastHeader, $"only {run.PastHeader} got past the header");
        // Neither all nor none: some damage is none to the reader.
        Assert.InRange(run.Loaded, 1, count - 1);
    }

    public int PastHeader { get; private set; }

    public int Loaded { get; private set; }

    public int Refused { get; private set; }

    public long MostTaken { get; private set; }

    public double MostTakenForAByte { get; private set; }

    public double SlowestMilliseconds { get; private set; }

    /// <summary>Reads so many damaged files, in a folder that is there.</summary>
    public void Read(int count, string folder)
    {
        string path = format.Place(folder);
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
        (string? refusal, string? failure, TimeSpan time) = TryRead(path, file.Length);
        // On a busy machine a look may be slow for reasons of its own; what hangs is slow every time.
        for (int look = 1; look < Looks && time > slowest; look++)
        {
            (refusal, failure, time) = TryRead(path, file.Length);
        }
        failure ??= time > slowest ? $"took {time}" : null;
        if (failure is not null)
        {
            Assert.Fail($"{format.Name}: mutation {mutation} {failure}; {Kept(path, mutation)}");
        }
        Loaded += refusal is null ? 1 : 0;
        Refused += refusal is null ? 0 : 1;
        SlowestMilliseconds = Math.Max(SlowestMilliseconds, time.TotalMilliseconds);
    }

    private (string? Refusal, string? Failure, TimeSpan Time) TryRead(string path, int length)
    {
        clock.Restart();
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? refusal = null;
        string? failure = null;
        try
        {
            refusal = format.Read(path);
            failure =
                refusal?.Contains('\n', StringComparison.Ordinal) == true ? $"is refused in lines: {refusal}" : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            failure = $"ended in {error}";
        }
        long taken = GC.GetAllocatedBytesForCurrentThread() - before;
        MostTaken = Math.Max(MostTaken, taken);
        MostTakenForAByte = Math.Max(MostTakenForAByte, (double)(taken - format.MostBytes) / length);
        if (taken > format.MostBytes + (format.MostBytesForAByte * length))
        {
            failure ??= $"took {taken} bytes for a file of {length}";
        }
        return (refusal, failure, clock.Elapsed);
    }

    private string Kept(string path, int mutation)
    {
        string kept = Path.Combine(Path.GetTempPath(), $"drcnn-fuzz-{format.Name.Split(' ')[0]}-{mutation}");
        System.IO.File.Copy(path, kept, overwrite: true);
        return $"the file is {kept}";
    }
}
