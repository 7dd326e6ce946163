using System.Buffers.Binary;
using System.Text;

namespace DynamicRcnn.Tests;

/// <summary>A chunk of a PNG file: length, type, data, checksum.</summary>
internal static class PngChunk
{
    internal static byte[] Of(string type, ReadOnlySpan<byte> data)
    {
        byte[] body = [.. Encoding.Latin1.GetBytes(type), .. data];
        byte[] length = new byte[4];
        byte[] checksum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32(body));
        return [.. length, .. body, .. checksum];
    }

    // Bit by bit: ISO 3309, polynomial 0xEDB88320.
    private static uint Crc32(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }
        return ~crc;
    }
}
