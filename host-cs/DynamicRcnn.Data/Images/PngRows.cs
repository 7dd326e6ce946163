using System.Buffers.Binary;
using System.IO.Compression;

namespace DynamicRcnn.Data;

/// <summary>
/// Whether the packed data of a PNG holds all rows that its header states. ImageSharp leaves rows black that are missing, and of an interlaced picture
/// waits for them for ever.
/// </summary>
internal static class PngRows
{
    private const int Signature = 8;
    private const int Frame = 12;
    private const int Header = 16;
    private const int HeaderBytes = 13;

    // Adam7: first column, first row, column step, row step of each pass.
    private static readonly (int X, int Y, int StepX, int StepY)[] passes =
    [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];

    /// <param name="data">A file that begins with its signature and header, and whose chunks are whole.</param>
    internal static bool IsInterlaced(ReadOnlySpan<byte> data) => data[Header + 12] != 0;

    /// <summary>Unpacks the picture's data without keeping it.</summary>
    /// <exception cref="InvalidDataException">It cannot be unpacked.</exception>
    internal static bool AreMissing(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> header = data.Slice(Header, HeaderBytes);
        int width = BinaryPrimitives.ReadInt32BigEndian(header);
        int height = BinaryPrimitives.ReadInt32BigEndian(header[4..]);
        int channels = header[9] switch
        {
            2 => 3,
            4 => 2,
            6 => 4,
            _ => 1,
        };
        long missing = 0;
        foreach ((int x, int y, int stepX, int stepY) in header[12] != 0 ? passes : [(0, 0, 1, 1)])
        {
            long columns = (width - x + stepX - 1) / stepX;
            long rows = (height - y + stepY - 1) / stepY;
            missing += columns > 0 && rows > 0 ? rows * (1 + (((columns * channels * header[8]) + 7) / 8)) : 0;
        }
        using MemoryStream packed = Packed(data);
        using ZLibStream rest = new(packed, CompressionMode.Decompress);
        byte[] window = new byte[1 << 15];
        int read;
        while (missing > 0 && (read = rest.Read(window)) > 0)
        {
            missing -= read;
        }
        return missing > 0;
    }

    private static MemoryStream Packed(ReadOnlySpan<byte> data)
    {
        MemoryStream packed = new();
        for (long at = Signature; at + Frame <= data.Length; )
        {
            ReadOnlySpan<byte> chunk = data[(int)at..];
            long length = BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (chunk[4..].StartsWith("IDAT"u8))
            {
                packed.Write(chunk.Slice(8, (int)length));
            }
            else if (packed.Length > 0)
            {
                break;
            }
            at += Frame + length;
        }
        packed.Position = 0;
        return packed;
    }
}
