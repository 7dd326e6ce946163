using System.Text.Json;

namespace DynamicRcnn.Runs;

/// <summary>Files that are there whole or not at all.</summary>
public static class AtomicFile
{
    private const string TemporarySuffix = ".tmp";
    private const string Devices = "/dev/";
    private const string SharedMemory = "/dev/shm/";

    /// <summary>Writes a text as UTF-8; see <see cref="Write"/>.</summary>
    public static void WriteText(string path, string text) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Writes an object as JSON of several lines; see <see cref="Write"/>.</summary>
    public static void WriteJson(string path, object content) =>
        Write(path, stream => JsonSerializer.Serialize(stream, content, indented));

    private static readonly JsonSerializerOptions indented = new() { WriteIndented = true };

    /// <summary>
    /// Writes beside <paramref name="path"/>, then puts the file in its place; a failure leaves what was there. The file's bytes reach the disk before
    /// its name does, and the name before this returns. A device such as /dev/stdout is written to, never replaced.
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

            WriteBeside(path, $"{path}.{Environment.ProcessId}{TemporarySuffix}", write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "it is a folder" : error.Message.TrimEnd('.');
            throw new IOException($"{path}: the file cannot be written: {reason}.", error.HResult);
        }
    }

    /// <summary>Removes what processes that were killed left of files that they were writing in a folder.</summary>
    /// <param name="folder">No other process writes in it.</param>
    internal static void RemoveUnfinished(string folder)
    {
        foreach (string left in Directory.EnumerateFiles(folder, "*" + TemporarySuffix))
        {
            TryDelete(left);
        }
    }

    private static void WriteBeside(string path, string temporary, Action<Stream> write)
    {
        try
        {
            // A link of that name, which somebody may have left here, is not followed.
            File.Delete(temporary);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        finally
        {
            TryDelete(temporary);
        }
    }

    // A folder that went away, or takes no changes any more, takes the beginning of a file with it; why the file failed is what matters.
    private static void TryDelete(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The exception that brought us here says more.
        }
    }

    private static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        return full.StartsWith(Devices, StringComparison.Ordinal)
            && !full.StartsWith(SharedMemory, StringComparison.Ordinal);
    }
}
