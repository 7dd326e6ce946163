using System.Buffers.Binary;

namespace DynamicRcnn.Data;

/// <summary>
/// Finds EXIF's orientation in a file: JPEG, PNG, WebP, and TIFF, whose tag it is. What is missing, cut off or malformed means upright, as it does to
/// OpenCV; nothing but the headers of segments and chunks and the first directory is read.
/// </summary>
internal static class ExifOrientation
{
    /// <summary>Far more segments or chunks than any picture has; the search ends there.</summary>
    private const int MostParts = 1 << 16;

    /// <summary>A directory has at most 65,535 entries, but a segment of JPEG has no room for so many.</summary>
    private const int MostExifBytes = 1 << 16;

    private const int OrientationTag = 0x0112;

    /// <summary>"Exif", a zero, and a byte that some cameras do not write as zero.</summary>
    private const int JpegPrefixBytes = 6;

    private const byte JpegExif = 0xE1;
    private const byte JpegFill = 0xFF;
    private const byte JpegAlone = 0x01;
    private const byte JpegFirstRestart = 0xD0;
    private const byte JpegLastRestart = 0xD7;
    private const byte JpegScan = 0xDA;
    private const byte JpegEnd = 0xD9;

    private const int WebpHeaderBytes = 12;
    private const int PngSignatureBytes = 8;
    private const int PngLengthAndType = 8;
    private const int PngChecksum = 4;

    /// <param name="file">The whole file; it is read from its beginning.</param>
    internal static Orientation Read(Stream file)
    {
        Span<byte> start = stackalloc byte[WebpHeaderBytes];
        file.Position = 0;
        int read = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        start = start[..read];
        return start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]) ? OfJpeg(file)
            : start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G']) ? OfPng(file)
            : start.StartsWith("RIFF"u8) && start.EndsWith("WEBP"u8) ? OfWebp(file)
            : OfTiff(file) ?? Orientation.Upright;
    }

    private static Orientation OfJpeg(Stream file)
    {
        Span<byte> two = stackalloc byte[2];
        file.Position = 2;
        for (int part = 0; part < MostParts; part++)
        {
            if (file.ReadByte() != JpegFill)
            {
                break;
            }
            int marker = file.ReadByte();
            if (marker == JpegFill)
            {
                file.Position--;
                continue;
            }
            if (marker is JpegAlone or (>= JpegFirstRestart and <= JpegLastRestart))
            {
                continue;
            }
            if (marker is < 0 or JpegScan or JpegEnd || !TryRead(file, two))
            {
                break;
            }
            int length = BinaryPrimitives.ReadUInt16BigEndian(two) - two.Length;
            if (length < 0)
            {
                break;
            }
            long next = file.Position + length;
            if (marker == JpegExif && length > JpegPrefixBytes && OfJpegSegment(file, length) is { } found)
            {
                return found;
            }
            if (next > file.Length)
            {
                break;
            }
            file.Position = next;
        }
        return Orientation.Upright;
    }

    private static Orientation? OfJpegSegment(Stream file, int length)
    {
        ReadOnlySpan<byte> segment = Part(file, length);
        return segment.Length > JpegPrefixBytes && segment.StartsWith("Exif\0"u8)
            ? OfTiff(new MemoryStream(segment[JpegPrefixBytes..].ToArray()))
            : null;
    }

    private static Orientation OfPng(Stream file)
    {
        Span<byte> chunk = stackalloc byte[PngLengthAndType];
        file.Position = PngSignatureBytes;
        for (int part = 0; part < MostParts && TryRead(file, chunk); part++)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            ReadOnlySpan<byte> type = chunk[4..];
            if (type.SequenceEqual("IEND"u8))
            {
                break;
            }
            if (type.SequenceEqual("eXIf"u8))
            {
                return OfTiff(new MemoryStream(Part(file, length))) ?? Orientation.Upright;
            }
            long next = file.Position + length + PngChecksum;
            if (next > file.Length)
            {
                break;
            }
            file.Position = next;
        }
        return Orientation.Upright;
    }

    private static Orientation OfWebp(Stream file)
    {
        Span<byte> chunk = stackalloc byte[PngLengthAndType];
        file.Position = WebpHeaderBytes;
        for (int part = 0; part < MostParts && TryRead(file, chunk); part++)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk.StartsWith("EXIF"u8))
            {
                byte[] exif = Part(file, length);
                // Some writers put JPEG's prefix in front.
                int prefix = exif.AsSpan().StartsWith("Exif\0"u8) ? JpegPrefixBytes : 0;
                return OfTiff(new MemoryStream(exif[Math.Min(prefix, exif.Length)..])) ?? Orientation.Upright;
            }
            long next = file.Position + length + (length & 1);
            if (next > file.Length)
            {
                break;
            }
            file.Position = next;
        }
        return Orientation.Upright;
    }

    private static byte[] Part(Stream file, long length)
    {
        byte[] part = new byte[(int)Math.Min(length, Math.Min(MostExifBytes, file.Length - file.Position))];
        file.ReadAtLeast(part, part.Length, throwOnEndOfStream: false);
        return part;
    }

    private static bool TryRead(Stream file, Span<byte> bytes) =>
        file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;

    /// <summary>The value in the first directory of TIFF's structure, or null where it has none.</summary>
    private static Orientation? OfTiff(Stream tiff) =>
        TiffDirectory.Read(tiff)?.Short(OrientationTag) is { } value ? Orientation.OfExif(value) : null;
}
