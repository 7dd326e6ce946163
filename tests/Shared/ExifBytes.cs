namespace DynamicRcnn.Tests;

/// <summary>Puts EXIF's orientation into encoded pictures; the reader under test has no part in it.</summary>
internal static class ExifBytes
{
    /// <summary>Between PNG's signature and IHDR's checksum there are so many bytes.</summary>
    private const int PngHeaderEnd = 8 + 12 + 13;
    private const int PngEndChunk = 12;

    /// <summary>TIFF's structure with two entries, of which the orientation is the second.</summary>
    /// <param name="value">Of the tag.</param>
    /// <param name="little">Little endian, "II"; otherwise "MM".</param>
    internal static byte[] Tiff(int value, bool little = false)
    {
        byte[] big =
        [
            .. "MM"u8,
            .. (ReadOnlySpan<byte>)[0, 42, 0, 0, 0, 8, 0, 2],
            .. Entry(0x0100, 1), // ImageWidth
            .. Entry(0x0112, value),
            .. (ReadOnlySpan<byte>)[0, 0, 0, 0],
        ];
        return little ? Swapped(big) : big;
    }

    /// <summary>A JPEG file with an Exif segment in front of all others.</summary>
    internal static byte[] InJpeg(byte[] jpeg, byte[] tiff)
    {
        byte[] body = [.. "Exif\0\0"u8, .. tiff];
        int length = body.Length + 2;
        return [.. jpeg[..2], 0xFF, 0xE1, (byte)(length >> 8), (byte)length, .. body, .. jpeg[2..]];
    }

    /// <summary>A PNG file with an eXIf chunk.</summary>
    /// <param name="png">The file.</param>
    /// <param name="tiff">The chunk's data.</param>
    /// <param name="last">Behind the picture's data instead of in front of it.</param>
    internal static byte[] InPng(byte[] png, byte[] tiff, bool last = false)
    {
        int place = last ? png.Length - PngEndChunk : PngHeaderEnd;
        return [.. png[..place], .. PngChunk.Of("eXIf", tiff), .. png[place..]];
    }

    /// <summary>An extended WebP file with an EXIF chunk, made of a simple one of less than 256 x 256 pixels.</summary>
    /// <param name="webp">The simple file: one chunk.</param>
    /// <param name="width">Of the picture.</param>
    /// <param name="height">Of the picture.</param>
    /// <param name="tiff">The chunk's data.</param>
    internal static byte[] InWebp(byte[] webp, int width, int height, byte[] tiff)
    {
        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, (byte)(width - 1), 0, 0, (byte)(height - 1), 0, 0];
        byte[] exif = [.. "EXIF"u8, .. BitConverter.GetBytes(tiff.Length), .. tiff, .. new byte[tiff.Length % 2]];
        byte[] body = [.. "WEBP"u8, .. header, .. webp[12..], .. exif];
        return [.. "RIFF"u8, .. BitConverter.GetBytes(body.Length), .. body];
    }

    private static byte[] Entry(int tag, int value) =>
        [(byte)(tag >> 8), (byte)tag, 0, 3, 0, 0, 0, 1, (byte)(value >> 8), (byte)value, 0, 0];

    private static byte[] Swapped(byte[] big)
    {
        byte[] little = (byte[])big.Clone();
        "II"u8.CopyTo(little);
        // Magic number, first directory, number of entries; then tag, type, count and value of each.
        int at = 2;
        foreach (int width in (ReadOnlySpan<int>)[2, 4, 2, 2, 2, 4, 2, 2, 2, 2, 4, 2])
        {
            little.AsSpan(at, width).Reverse();
            at += width;
        }
        return little;
    }
}
