using System.Buffers.Binary;
using System.IO.Compression;
using DynamicRcnn.Tests;

namespace DynamicRcnn.Data.Tests.Images;

/// <summary>Writes PNG files of every kind, from samples; the codec under test has no part in it.</summary>
internal sealed record PngBytes(int Width, int Height, int BitDepth, PngKind Kind)
{
    private static readonly byte[] Signature = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    // Adam7: first column, first row, column step, row step of each pass.
    private static readonly (int X, int Y, int StepX, int StepY)[] Passes =
    [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ];

    internal bool Interlaced { get; init; }
    internal byte[]? Palette { get; init; }
    internal byte[]? Transparency { get; init; }

    /// <summary>The file; sample(x, y, channel) is BitDepth bits wide.</summary>
    internal byte[] Write(Func<int, int, int, int> sample)
    {
        MemoryStream rows = new();
        foreach ((int x0, int y0, int stepX, int stepY) in Interlaced ? Passes : [(0, 0, 1, 1)])
        {
            for (int y = y0; y < Height && x0 < Width; y += stepY)
            {
                rows.Write(Row(sample, y, x0, stepX));
            }
        }
        MemoryStream file = new();
        file.Write(Signature);
        Chunk(file, "IHDR", Header());
        if (Palette is not null)
        {
            Chunk(file, "PLTE", Palette);
        }
        if (Transparency is not null)
        {
            Chunk(file, "tRNS", Transparency);
        }
        Chunk(file, "IDAT", Deflate(rows.ToArray()));
        Chunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>A file that ends after its header.</summary>
    internal byte[] HeaderOnly()
    {
        MemoryStream file = new();
        file.Write(Signature);
        Chunk(file, "IHDR", Header());
        return file.ToArray();
    }

    private int Channels =>
        Kind switch
        {
            PngKind.Rgb => 3,
            PngKind.GreyAlpha => 2,
            PngKind.Rgba => 4,
            _ => 1,
        };

    private byte[] Header()
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, (uint)Width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), (uint)Height);
        header[8] = (byte)BitDepth;
        header[9] = (byte)Kind;
        header[12] = (byte)(Interlaced ? 1 : 0);
        return header;
    }

    private byte[] Row(Func<int, int, int, int> sample, int y, int x0, int stepX)
    {
        List<byte> row = [0]; // filter: none
        int bits = 0;
        int pending = 0;
        for (int x = x0; x < Width; x += stepX)
        {
            for (int channel = 0; channel < Channels; channel++)
            {
                int value = sample(x, y, channel);
                if (BitDepth == 16)
                {
                    row.Add((byte)(value >> 8));
                    row.Add((byte)value);
                    continue;
                }
                pending = (pending << BitDepth) | value;
                bits += BitDepth;
                if (bits == 8)
                {
                    row.Add((byte)pending);
                    (bits, pending) = (0, 0);
                }
            }
        }
        if (bits > 0)
        {
            row.Add((byte)(pending << (8 - bits)));
        }
        return [.. row];
    }

    private static byte[] Deflate(byte[] data)
    {
        MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(data);
        }
        return packed.ToArray();
    }

    internal static void Chunk(Stream file, string type, byte[] data) => file.Write(PngChunk.Of(type, data));
}

/// <summary>PNG's colour types.</summary>
internal enum PngKind
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}
