using System.Buffers.Binary;

namespace DynamicRcnn.Weights;

/// <summary>The checksum of zip files (polynomial 0xEDB88320, reflected), eight bytes a turn.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Bytes = 256;
    private const int Turn = sizeof(ulong);

    // Row n: what a byte does to the checksum when n bytes follow it.
    private static readonly uint[] table = Table();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<uint> rows = table;
        uint sum = uint.MaxValue;
        for (; data.Length >= Turn; data = data[Turn..])
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ sum;
            sum = 0;
            for (int n = 0; n < Turn; n++)
            {
                sum ^= rows[(Turn - 1 - n) * Bytes + (byte)(eight >> (8 * n))];
            }
        }
        foreach (byte one in data)
        {
            sum = (sum >> 8) ^ rows[(byte)(sum ^ one)];
        }
        return ~sum;
    }

    private static uint[] Table()
    {
        uint[] rows = new uint[Turn * Bytes];
        for (int i = 0; i < rows.Length; i++)
        {
            uint value = i < Bytes ? (uint)i : rows[i - Bytes];
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ Polynomial;
            }
            rows[i] = value;
        }
        return rows;
    }
}
