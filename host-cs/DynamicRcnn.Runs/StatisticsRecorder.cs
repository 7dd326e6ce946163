using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>A run's statistics.bin, or that of a cascade's stage: one record an iteration, handed to the system before the next iteration begins.</summary>
internal sealed class StatisticsRecorder : IRunRecord
{
    private readonly StatisticsHeader header;
    private readonly int stage;
    private readonly FileStream file;

    private StatisticsRecorder(StatisticsHeader header, int stage, FileStream file)
    {
        this.header = header;
        this.stage = stage;
        this.file = file;
    }

    /// <summary>Starts or continues a record; what lies after the iteration belongs to a future that did not happen.</summary>
    /// <exception cref="RunException">The file is no record of this schedule; it is left as it is.</exception>
    /// <param name="folder">The run's.</param>
    /// <param name="config">The stage's schedule.</param>
    /// <param name="stage">Place of the box head, from 0.</param>
    /// <param name="iteration">Up to which records are kept.</param>
    internal static StatisticsRecorder Open(RunFolder folder, DynamicConfig config, int stage, int iteration)
    {
        string path = folder.StatisticsOf(stage);
        StatisticsHeader header = StatisticsFormat.HeaderOf(config);
        long kept = 0;
        if (File.Exists(path))
        {
            (header, kept) = Kept(path, header, iteration);
        }
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        file.SetLength(kept);
        file.Seek(kept, SeekOrigin.Begin);
        if (kept == 0)
        {
            file.Write(StatisticsFormat.WriteHeader(header));
        }
        return new StatisticsRecorder(header, stage, file);
    }

    /// <summary>Whether a run's file holds anything behind its header.</summary>
    /// <param name="folder">The run's.</param>
    /// <param name="config">The stage's schedule.</param>
    /// <param name="stage">Place of the box head, from 0.</param>
    internal static bool Holds(RunFolder folder, DynamicConfig config, int stage)
    {
        string path = folder.StatisticsOf(stage);
        if (!File.Exists(path))
        {
            return false;
        }
        StatisticsHeader header = StatisticsFormat.HeaderOf(config);
        byte[] first = new byte[StatisticsFormat.HeaderSize(header) + 1];
        using FileStream file = File.OpenRead(path);
        int length = file.ReadAtLeast(first, first.Length, throwOnEndOfStream: false);
        return !IsBegun(header, first[..length]);
    }

    public void Append(Stepped step)
    {
        BatchRecord batch =
            (stage == 0 ? step.Report?.Statistics : step.Report?.Cascade[stage - 1])
            ?? GridStatistics.Nothing(header.Grid, BatchOutcome.NewSkipped(SkipReason.ImageWithoutBoxes), step.Images);
        Setting setting = stage == 0 ? step.Setting : step.Cascade[stage - 1];
        file.Write(StatisticsFormat.WriteRecord(header, new StatisticsRecord(step.State.Iteration, setting, batch)));
    }

    public void Append(Evaluated evaluated) { }

    public void Dispose() => file.Dispose();

    /// <summary>The header that the file goes on with, of its own version, and its bytes that belong to iterations up to this one.</summary>
    private static (StatisticsHeader Header, long Length) Kept(string path, StatisticsHeader header, int iteration)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (IsBegun(header, bytes))
        {
            return (header, 0); // the machine stopped while the run was being started: there is no record to lose
        }
        Parsed<StatisticsFile> recorded = StatisticsFormat.Read(path, bytes);
        if (!recorded.IsOk)
        {
            throw new RunException($"{recorded.Problems[0]} Move the file away to go on without what it holds.");
        }
        StatisticsHeader own = recorded.Value.Header;
        if (!own.Equals(Of(header, own.Version)))
        {
            throw new RunException(
                $"{path}: records other ranks than this run does; move the file away to go on without what it holds."
            );
        }
        int count = recorded.Value.Records.TakeWhile(record => record.Iteration <= iteration).Count();
        return (own, StatisticsFormat.HeaderSize(own) + ((long)count * StatisticsFormat.RecordSize(own)));
    }

    /// <summary>Whether the bytes are a header of this or an earlier version, or the first part of one.</summary>
    private static bool IsBegun(StatisticsHeader header, byte[] bytes) =>
        Enumerable
            .Range(1, header.Version)
            .Any(version => StatisticsFormat.WriteHeader(Of(header, version)).AsSpan().StartsWith(bytes));

    private static StatisticsHeader Of(StatisticsHeader header, int version) =>
        new(version, header.Rule, header.RankScaling, header.TopIoUCount, header.LowErrorCount, header.Grid);
}
