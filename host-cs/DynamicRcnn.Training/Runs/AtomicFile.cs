namespace DynamicRcnn.Training.Runs;

/// <summary>Files that are there whole or not at all.</summary>
public static class AtomicFile
{
    private const string Devices = "/dev/";
    private const string SharedMemory = "/dev/shm/";

    /// <summary>Writes a text as UTF-8; see <see cref="Write"/>.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// Writes beside <paramref name="path"/>, then puts the file in its place; a failure leaves what was there. A device such as
    /// /dev/stdout is written to, never replaced.
    /// </summary>
    /// <exception cref="IOException">The folder or the disk does not take the file.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            if (IsDevice(path))
            {
                using FileStream device = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                write(device);
                return;
            }

            WriteBeside(path, $"{path}.{Environment.ProcessId}.tmp", write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.');
            throw new IOException($"{path}: the file cannot be written: {reason}.", error.HResult);
        }
    }

    private static void WriteBeside(string path, string temporary, Action<Stream> write)
    {
        try
        {
            using (FileStream stream = File.Create(temporary))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }

    private static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith(Devices, StringComparison.Ordinal)
            && !full.StartsWith(SharedMemory, StringComparison.Ordinal);
    }
}
