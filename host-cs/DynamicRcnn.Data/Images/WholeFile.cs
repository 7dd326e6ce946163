using System.Buffers.Binary;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Formats.Webp;

namespace DynamicRcnn.Data;

/// <summary>
/// Whether a file is as long as its headers say. ImageSharp takes what is missing from most formats for zeros, and memory for what a chunk says that
/// it holds.
/// </summary>
internal static unsafe class WholeFile
{
    /// <param name="format">The file's.</param>
    /// <param name="file">The whole file.</param>
    /// <param name="size">By its header.</param>
    internal static bool EndsEarly(IImageFormat format, UnmanagedMemoryStream file, ImageSize size)
    {
        file.Position = 0;
        ReadOnlySpan<byte> data = new(file.PositionPointer, checked((int)file.Length));
        return format == PngFormat.Instance ? Png(data) || (PngRows.IsInterlaced(data) && PngRows.AreMissing(data))
            : format == WebpFormat.Instance ? Webp(data)
            : format == BmpFormat.Instance ? Bmp(data, size)
            : format == TgaFormat.Instance ? Tga(data, size)
            : format == PbmFormat.Instance ? PbmHeader.EndsEarly(data)
            : format == TiffFormat.Instance ? TiffFile.EndsEarly(file, size)
            : format == JpegFormat.Instance && JpegEnd.Find(data) < 0;
    }

    /// <summary>Whether a PNG that was decoded lacks rows. Its last row is black then, so that most files need no second look.</summary>
    internal static bool LacksRows(IImageFormat format, UnmanagedMemoryStream file, RgbImage image)
    {
        if (format != PngFormat.Instance || image.Pixels.AsSpan(^(3 * image.Width)..).ContainsAnyExcept((byte)0))
        {
            return false;
        }
        file.Position = 0;
        return PngRows.AreMissing(new ReadOnlySpan<byte>(file.PositionPointer, (int)file.Length));
    }

    private static bool Png(ReadOnlySpan<byte> data)
    {
        const int signature = 8;
        const int frame = 12;
        ReadOnlySpan<byte> end = [0, 0, 0, 0, .. "IEND"u8, 0xAE, 0x42, 0x60, 0x82];
        for (long at = signature; at + frame <= data.Length; )
        {
            ReadOnlySpan<byte> chunk = data[(int)at..];
            if (chunk.StartsWith(end))
            {
                return false;
            }
            at += frame + BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }
        return true;
    }

    private static bool Webp(ReadOnlySpan<byte> data)
    {
        const int header = 12;
        const int frame = 8;
        long end = frame + (long)BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
        if ((end & ~1L) > data.Length)
        {
            return true;
        }
        for (long at = header; at + frame <= end && at + frame <= data.Length; )
        {
            long length = BinaryPrimitives.ReadUInt32LittleEndian(data[((int)at + 4)..]);
            if (at + frame + length > data.Length)
            {
                return true;
            }
            at += frame + length + (length & 1);
        }
        return false;
    }

    /// <summary>Whether a BMP's pixels begin behind its end; ImageSharp takes a palette to be as long as there is room in front of them.</summary>
    internal static bool LacksBmpPixels(Stream file)
    {
        const int place = 10;
        Span<byte> start = stackalloc byte[4];
        file.Position = Math.Min(place, file.Length);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length
            || BinaryPrimitives.ReadUInt32LittleEndian(start) >= file.Length;
    }

    /// <summary>The kind of TGA that ImageSharp does not read and whose length says nothing here: a clause, or null.</summary>
    internal static string? UnreadTga(Stream file)
    {
        const int bits = 16;
        file.Position = Math.Min(bits, file.Length);
        return file.ReadByte() == 1 ? "one bit a pixel" : null;
    }

    private static bool Bmp(ReadOnlySpan<byte> data, ImageSize size)
    {
        const int fileHeader = 14;
        const int oldHeader = 12;
        const int bitFields = 3;
        if (data.Length < 34)
        {
            return true;
        }
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(data[fileHeader..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(data[(header == oldHeader ? 24 : 28)..]);
        uint compression = header == oldHeader ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(data[30..]);
        long pixels = Math.Max(BinaryPrimitives.ReadUInt32LittleEndian(data[10..]), fileHeader + (long)header);
        long row = (((long)size.Width * bits) + 31) / 32 * 4;
        return compression is 0 or bitFields && pixels + (row * size.Height) > data.Length;
    }

    private static bool Tga(ReadOnlySpan<byte> data, ImageSize size)
    {
        const int header = 18;
        const byte packed = 8;
        if (data.Length < header)
        {
            return true;
        }
        int palette = data[1] == 0 ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(data[5..]) * ((data[7] + 7) / 8);
        int pixel = (data[16] + 7) / 8;
        long left = (long)size.Width * size.Height;
        long at = header + data[0] + palette;
        if ((data[2] & packed) == 0)
        {
            return at + (left * pixel) > data.Length;
        }
        // Each packet: its pixels less one and whether they are one repeated, then the one or all.
        while (left > 0 && at < data.Length)
        {
            int count = (data[(int)at] & 127) + 1;
            at += 1 + ((data[(int)at] & 128) != 0 ? pixel : pixel * count);
            left -= count;
        }
        return left > 0 || at > data.Length;
    }
}
