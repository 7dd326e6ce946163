namespace DynamicRcnn.Runs;

/// <summary>A file that is written bit by bit beside other work, and has its name once it is whole.</summary>
internal sealed class GrowingFile : IDisposable
{
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream stream;

    /// <summary>Begins the file beside its place.</summary>
    /// <param name="path">Its name in the end.</param>
    /// <exception cref="IOException">The folder does not take it.</exception>
    internal GrowingFile(string path)
    {
        this.path = path;
        temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            File.Delete(temporary); // of a process that was killed and had this number
            // Nothing waits in memory for a disk that may be full by then.
            stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(error);
        }
    }

    /// <summary>Writes a further part.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            stream.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(error);
        }
    }

    /// <summary>Gives the file its name, if no other file has taken that meanwhile.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal void Finish()
    {
        try
        {
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(temporary, path, overwrite: false);
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Refused(error);
        }
    }

    /// <summary>Removes a file that was not finished.</summary>
    public void Dispose()
    {
        stream.Dispose();
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What ended the work says more.
        }
    }

    private IOException Refused(Exception error) =>
        new($"{path}: the file cannot be written: {error.Message.TrimEnd('.')}.", error.HResult);
}
