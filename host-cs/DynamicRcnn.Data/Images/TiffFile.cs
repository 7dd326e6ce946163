namespace DynamicRcnn.Data;

/// <summary>What the first directory of a TIFF file says that ImageSharp does not look at.</summary>
internal static class TiffFile
{
    private const int BitsPerSample = 258;
    private const int Compression = 259;
    private const int Photometric = 262;
    private const int StripOffsets = 273;
    private const int SamplesPerPixel = 277;
    private const int RowsPerStrip = 278;
    private const int StripByteCounts = 279;
    private const int TileOffsets = 324;
    private const int TileByteCounts = 325;

    /// <summary>Whether parts of the picture lie behind the file's end, or are missing.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="size">By its header.</param>
    internal static bool EndsEarly(Stream file, ImageSize size)
    {
        if (TiffDirectory.Read(file) is not { } directory)
        {
            return true;
        }
        bool tiled = directory.Values(TileOffsets).Length > 0;
        long[] places = directory.Values(tiled ? TileOffsets : StripOffsets);
        long[] counts = directory.Values(tiled ? TileByteCounts : StripByteCounts);
        long rows = First(directory, RowsPerStrip) is > 0 and var stated ? stated : size.Height;
        long bits = directory.Values(BitsPerSample) is { Length: > 0 } depths ? depths.Sum() : 1;
        bool plain = First(directory, Compression) is null or 1;
        return places.Length == 0
            || places.Length != counts.Length
            || (!tiled && places.Length < (size.Height + rows - 1) / rows)
            || places.Zip(counts).Any(part => part.First > file.Length - part.Second)
            || (plain && counts.Sum() < ((size.Width * bits) + 7) / 8 * size.Height);
    }

    /// <summary>The kinds that ImageSharp gets wrong, or ends in a fault of its own with: a clause, or null.</summary>
    internal static string? Unread(Stream file) =>
        TiffDirectory.Read(file) is not { } directory ? null
        : directory.Values(StripOffsets).Length > 0 && directory.Values(BitsPerSample).Length == 0
            ? "one bit a pixel that it does not state"
        : (First(directory, Compression), First(directory, Photometric)) is (>= 2 and <= 4, not 0)
            ? "CCITT compression with black as 0"
        : (First(directory, Compression), First(directory, SamplesPerPixel)) is (7, > 3)
            ? "JPEG compression of more than three samples"
        : null;

    private static long? First(TiffDirectory directory, int tag) =>
        directory.Values(tag) is [var first, ..] ? first : null;
}
