using System.Buffers.Binary;
using DynamicRcnn.Data.Tests.Images;
using DynamicRcnn.Tests.Fuzzing;

namespace DynamicRcnn.Data.Tests.Fuzzing;

/// <summary>
/// Damaged files of the formats that have few checksums: a few bytes changed, most often behind the header, or damaged as bytes. The lengths of WebP's chunks
/// are made right again.
/// </summary>
internal sealed class RecordedFormat(string name)
{
    private const int WebpHeader = 12;
    private const int ChunkHeader = 8;

    private static readonly Mutator mutator = new([
        [0],
        [255],
        [0, 1],
        [1, 0, 0, 0],
        [255, 255, 255, 127],
        [128, 0],
        .. "VP8 ,VP8L,VP8X,ALPH,ANIM,ANMF,EXIF,II*\0,MM\0*,# ,\n,P6"
            .Split(',')
            .Select(text => text.Select(c => (byte)c).ToArray()),
    ]);

    private readonly byte[][] seeds =
    [
        .. RecordedPictures.All.Where(picture => picture.Format == name).Select(picture => picture.File),
    ];

    internal byte[] Damaged(Random random)
    {
        byte[] seed = seeds[random.Next(seeds.Length)];
        byte[] damaged = random.Next(3) == 0 ? mutator.Mutated(seed, random) : Changed(seed, random);
        return random.Next(4) == 0 ? damaged : Mended(damaged);
    }

    private static byte[] Changed(byte[] seed, Random random)
    {
        byte[] changed = [.. seed];
        int from = random.Next(4) == 0 ? 0 : Math.Min(random.Next(64), seed.Length - 1);
        for (int change = random.Next(6); change >= 0; change--)
        {
            changed[random.Next(from, changed.Length)] = (byte)random.Next(256);
        }
        return changed;
    }

    /// <summary>The lengths of RIFF and of its last chunk, so that they end with the file.</summary>
    private static byte[] Mended(byte[] file)
    {
        if (!file.AsSpan().StartsWith("RIFF"u8) || file.Length < WebpHeader + ChunkHeader)
        {
            return file;
        }
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - ChunkHeader);
        for (long at = WebpHeader; at + ChunkHeader <= file.Length; )
        {
            Span<byte> length = file.AsSpan((int)at + 4, 4);
            long next = at + ChunkHeader + BinaryPrimitives.ReadUInt32LittleEndian(length);
            if (next > file.Length || file.Length - next < ChunkHeader)
            {
                BinaryPrimitives.WriteInt32LittleEndian(length, (int)(file.Length - at - ChunkHeader));
                break;
            }
            at = next + (next & 1);
        }
        return file;
    }
}
