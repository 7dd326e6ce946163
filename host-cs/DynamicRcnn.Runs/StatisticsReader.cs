using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>Reads the proposals' IoUs of a run's statistics.bin as far as it is written, and later what was added.</summary>
internal sealed class StatisticsReader(string path)
{
    private readonly List<int> iterations = [];
    private readonly List<double[]> topIoUs = [];
    private byte[] header = [];
    private byte[] lastRecord = [];
    private long position;

    /// <summary>The ranks per image, ascending; empty when nothing is recorded.</summary>
    internal IReadOnlyList<int> Ranks { get; private set; } = [];

    /// <summary>The run's own rank.</summary>
    internal int OwnRank { get; private set; }

    /// <summary>Ascending.</summary>
    internal IReadOnlyList<int> Iterations => iterations;

    /// <summary>The IoUs of a rank, for each iteration; NaN where it was not measured.</summary>
    /// <param name="rank">Its place among the ranks.</param>
    internal double[] TopIoUs(int rank) => [.. topIoUs.Select(values => values[rank] < 0 ? double.NaN : values[rank])];

    /// <summary>Takes in what is new.</summary>
    /// <returns>Whether anything was.</returns>
    /// <exception cref="RunException">The file is damaged.</exception>
    internal bool Update()
    {
        if (!File.Exists(path))
        {
            return false;
        }
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (!Continues(file))
        {
            iterations.Clear();
            topIoUs.Clear();
            (header, lastRecord, position) = ([], [], 0);
        }
        long added = file.Length - position;
        return added > 0 && Take(file, (int)Math.Min(added, int.MaxValue));
    }

    // A run that goes on cuts its record back; what was read last must still be where it was.
    private bool Continues(FileStream file)
    {
        if (file.Length < position)
        {
            return false;
        }
        byte[] there = new byte[lastRecord.Length];
        file.Position = position - lastRecord.Length;
        file.ReadExactly(there);
        return there.AsSpan().SequenceEqual(lastRecord);
    }

    private bool Take(FileStream file, int added)
    {
        byte[] bytes = new byte[header.Length + added];
        header.CopyTo(bytes, 0);
        file.Position = position;
        file.ReadExactly(bytes.AsSpan(header.Length));
        Parsed<StatisticsFile> parsed = StatisticsFormat.Read(path, bytes);
        if (!parsed.IsOk)
        {
            throw new RunException(parsed.Problems[0]);
        }
        StatisticsFile read = parsed.Value;
        if (header.Length == 0)
        {
            header = bytes[..StatisticsFormat.HeaderSize(read.Header)];
            Ranks = read.Header.Grid.TopIoUCounts;
            OwnRank = read.Header.TopIoUCount;
            position = header.Length;
        }
        foreach (StatisticsRecord record in read.Records)
        {
            iterations.Add(record.Iteration);
            topIoUs.Add(record.Batch.TopIoUs);
        }
        int size = StatisticsFormat.RecordSize(read.Header);
        position += (long)read.Records.Length * size;
        if (read.Records.Length > 0)
        {
            lastRecord = bytes[
                (header.Length + ((read.Records.Length - 1) * size))..(header.Length + (read.Records.Length * size))
            ];
        }
        return read.Records.Length > 0;
    }
}
