using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Reads weights in any format; the first bytes say which, not the name.</summary>
public static class WeightFile
{
    private static ReadOnlySpan<byte> Zip => "PK\x03\x04"u8;

    private const int StartBytes = 8;

    /// <summary>
    /// All tensors of a safetensors file, of a <c>.pth</c> of either format, or of Detectron's <c>.pkl</c>; the <c>module.</c> that parallel training
    /// puts before each name and the <c>_orig_mod.</c> of a compiled module are dropped.
    /// </summary>
    /// <exception cref="RunException">The file cannot be read, or is of none of these formats.</exception>
    public static TensorFile Read(string path)
    {
        Span<byte> start = stackalloc byte[StartBytes];
        start = start[..Start(path, start)];
        return start.StartsWith(Zip) ? PthFile.Read(path)
            : LegacyPthFile.Begins(start) ? LegacyPthFile.Read(path)
            : PklFile.Begins(start) ? PklFile.Read(path)
            : WithoutWrappers(SafetensorsFile.Read(path));
    }

    private static TensorFile WithoutWrappers(TensorFile file) =>
        file with
        {
            Tensors = NamePrefix.WithoutWrappers(file.Tensors),
        };

    private static int Start(string path, Span<byte> start)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read);
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }
}
