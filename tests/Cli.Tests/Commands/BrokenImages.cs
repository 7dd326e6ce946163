using System.Buffers.Binary;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>Files that look like images and are none.</summary>
internal static class BrokenImages
{
    private const int HugeSide = 100_000;

    /// <summary>The content of one of them.</summary>
    /// <param name="name">cut.jpg, huge.png, words.jpg or empty.png.</param>
    /// <param name="jpeg">A sound image, of which cut.jpg is the beginning.</param>
    public static byte[] Of(string name, string jpeg) =>
        name switch
        {
            "cut.jpg" => File.ReadAllBytes(jpeg)[..1_500],
            "huge.png" => HugePng(),
            "words.jpg" => "no picture"u8.ToArray(),
            _ => [],
        };

    /// <summary>A sound header that states 100,000 x 100,000 pixels, and no pixels.</summary>
    private static byte[] HugePng()
    {
        byte[] header = new byte[17];
        "IHDR"u8.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), HugeSide);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), HugeSide);
        header[12] = 8; // bits
        header[13] = 2; // RGB
        byte[] length = [0, 0, 0, 13];
        byte[] sum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(sum, Crc32(header));
        return [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. length, .. header, .. sum, 0, 0, 0, 0, .. "IDAT"u8];
    }

    // The sum of PNG chunks, bit by bit: ISO 3309, polynomial 0xEDB88320.
    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in data)
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) != 0 ? (sum >> 1) ^ 0xEDB88320 : sum >> 1;
            }
        }

        return ~sum;
    }
}
