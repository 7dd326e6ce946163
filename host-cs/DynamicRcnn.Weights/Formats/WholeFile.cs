using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A file in memory, for formats whose parts lie one after another: tensors are then parts of it, not copies.</summary>
internal static class WholeFile
{
    /// <exception cref="RunException">It cannot be read, or is longer than an array can be.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }
}
