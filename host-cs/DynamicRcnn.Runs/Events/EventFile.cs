namespace DynamicRcnn.Runs;

/// <summary>
/// An event file that TensorBoard reads: records of <see cref="TensorBoardEvent"/>. A run that goes on begins another one, and TensorBoard leaves out what
/// earlier files say of its iterations.
/// </summary>
internal sealed class EventFile : IDisposable
{
    private readonly FileStream stream;

    /// <summary>Begins the file of a run that goes on after an iteration, in place of those that were begun there or later.</summary>
    internal EventFile(RunFolder folder, int iteration)
    {
        string path = folder.EventsOf(iteration);
        foreach (string later in folder.EventFiles().Where(file => string.CompareOrdinal(file, path) >= 0))
        {
            File.Delete(later);
        }
        stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite);
        Append(TensorBoardEvent.FileVersion());
        Append(TensorBoardEvent.Start(iteration + 1));
    }

    internal void Append(byte[] record)
    {
        stream.Write(RecordFraming.Framed(record));
        stream.Flush();
    }

    public void Dispose() => stream.Dispose();
}
