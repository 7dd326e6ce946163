using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using DynamicRcnn.Data.Tests.Images;
using DynamicRcnn.Tests.Fuzzing;

namespace DynamicRcnn.Data.Tests.Fuzzing;

/// <summary>
/// Damaged PNG files. Most are damaged in a chunk whose checksum is made right again, or in the rows before they are packed, so that reading does not
/// stop at the first sum; the rest are damaged as bytes.
/// </summary>
internal static class PngFormat
{
    private const int SignatureBytes = 8;

    /// <summary>Length, type and checksum.</summary>
    private const int ChunkBytes = 12;
    private static readonly Mutator mutator = new([
        [0],
        [255],
        [0, 0, 0, 13],
        .. "IDAT PLTE tRNS IEND gAMA iCCP zTXt".Split(' ').Select(Encoding.ASCII.GetBytes),
    ]);

    private static readonly byte[][] seeds =
    [
        new PngBytes(7, 5, 8, PngKind.Rgb).Write((x, y, channel) => (x * 30) + (y * 7) + channel),
        new PngBytes(9, 3, 16, PngKind.Rgba).Write((x, y, channel) => (x * 3000) + (y * 700) + channel),
        new PngBytes(6, 6, 4, PngKind.Palette) { Palette = new byte[48], Transparency = [1, 2, 3] }.Write(
            (x, y, _) => (x + y) & 15
        ),
        new PngBytes(11, 13, 1, PngKind.Grey) { Interlaced = true }.Write((x, y, _) => (x ^ y) & 1),
        new PngBytes(10, 9, 8, PngKind.GreyAlpha) { Interlaced = true }.Write((x, y, channel) => x + y + channel),
    ];

    internal static byte[] Damaged(Random random)
    {
        byte[] seed = seeds[random.Next(seeds.Length)];
        if (random.Next(5) == 0)
        {
            return mutator.Mutated(seed, random);
        }
        List<(string Type, byte[] Body)> chunks = [.. Chunks(seed)];
        int place = random.Next(chunks.Count);
        (string type, byte[] body) = chunks[place];
        switch (random.Next(6))
        {
            case 0:
                chunks.Insert(random.Next(chunks.Count), (type, body));
                break;
            case 1:
                chunks.RemoveAt(place);
                break;
            case 2:
                chunks[place] = (
                    Encoding.Latin1.GetString(mutator.Mutated(Encoding.Latin1.GetBytes(type), random)),
                    body
                );
                break;
            case 3 when type == "IDAT":
                chunks[place] = (type, Packed(mutator.Mutated(Unpacked(body), random)));
                break;
            default:
                chunks[place] = (type, body.Length == 0 ? [1] : mutator.Mutated(body, random));
                break;
        }
        return Whole(seed[..SignatureBytes], chunks);
    }

    private static IEnumerable<(string Type, byte[] Body)> Chunks(byte[] file)
    {
        for (int at = SignatureBytes; at < file.Length; )
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            yield return (Encoding.Latin1.GetString(file, at + 4, 4), file[(at + 8)..(at + 8 + length)]);
            at += ChunkBytes + length;
        }
    }

    private static byte[] Whole(byte[] signature, IEnumerable<(string Type, byte[] Body)> chunks)
    {
        MemoryStream file = new();
        file.Write(signature);
        foreach ((string type, byte[] body) in chunks)
        {
            PngBytes.Chunk(file, type, body);
        }
        return file.ToArray();
    }

    private static byte[] Unpacked(byte[] packed)
    {
        using ZLibStream zlib = new(new MemoryStream(packed), CompressionMode.Decompress);
        MemoryStream rows = new();
        zlib.CopyTo(rows);
        return rows.ToArray();
    }

    private static byte[] Packed(byte[] rows)
    {
        MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }
        return packed.ToArray();
    }
}
