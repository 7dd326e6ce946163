using System.Buffers.Binary;
using DynamicRcnn.Tests;

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
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, HugeSide);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), HugeSide);
        header[8] = 8; // bits
        header[9] = 2; // RGB
        return [0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. PngChunk.Of("IHDR", header), 0, 0, 0, 0, .. "IDAT"u8];
    }
}
