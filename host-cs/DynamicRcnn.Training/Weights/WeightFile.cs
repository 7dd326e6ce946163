namespace DynamicRcnn.Training.Weights;

/// <summary>Reads weights in either format; the first bytes say which, not the name.</summary>
public static class WeightFile
{
    private static ReadOnlySpan<byte> Zip => "PK\x03\x04"u8;

    // A pickle of protocol 2 that holds the magic number of torch.save before PyTorch 1.6.
    private static ReadOnlySpan<byte> OldPth => [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46];

    /// <summary>All tensors of a safetensors file or of a zip-format <c>.pth</c>.</summary>
    /// <exception cref="RunException">The file cannot be read, or is of neither format.</exception>
    public static TensorFile Read(string path)
    {
        Span<byte> start = stackalloc byte[OldPth.Length];
        start = start[..Start(path, start)];
        if (start.StartsWith(OldPth))
        {
            throw new RunException(
                $"{path}: the file has the .pth format from before PyTorch 1.6; load it there and save it with torch.save(..., _use_new_zipfile_serialization=True)."
            );
        }
        return start.StartsWith(Zip) ? PthFile.Read(path) : SafetensorsFile.Read(path);
    }

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
