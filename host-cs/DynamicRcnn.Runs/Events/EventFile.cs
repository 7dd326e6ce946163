namespace DynamicRcnn.Runs;

/// <summary>An event file that TensorBoard reads: records of <see cref="TensorBoardEvent"/>.</summary>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream stream;

    private EventFile(string path) =>
        stream = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>Starts or continues a file; events after the step, and what stands behind a torn record, are cut off.</summary>
    internal static EventFile Open(string path, long lastStep)
    {
        if (!File.Exists(path))
        {
            EventFile begun = new(path);
            begun.Append(TensorBoardEvent.FileVersion(Now));
            return begun;
        }
        AtomicFile.Write(path, kept => CopyUntil(path, kept, lastStep));
        return new EventFile(path);
    }

    /// <summary>Seconds since 1970.</summary>
    internal static double Now => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    internal void Append(byte[] record)
    {
        stream.Write(RecordFraming.Framed(record));
        stream.Flush();
    }

    public void Dispose() => stream.Dispose();

    private static void CopyUntil(string path, Stream kept, long lastStep)
    {
        using FileStream source = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        while (RecordFraming.Next(source) is { } record)
        {
            if (TensorBoardEvent.StepOf(record) is { } step && step <= lastStep)
            {
                kept.Write(RecordFraming.Framed(record));
            }
        }
    }
}
