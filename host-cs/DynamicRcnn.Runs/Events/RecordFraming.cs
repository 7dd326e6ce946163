using System.Buffers.Binary;
using System.Numerics;

namespace DynamicRcnn.Runs;

/// <summary>
/// The framing of TensorFlow's record files: length (uint64), its masked CRC-32C, the record, its masked CRC-32C; little-endian.
/// </summary>
internal static class RecordFraming
{
    private const int LengthBytes = sizeof(ulong);
    private const int SumBytes = sizeof(uint);
    private const int HeaderBytes = LengthBytes + SumBytes;

    /// <summary>A record in its frame.</summary>
    internal static byte[] Framed(ReadOnlySpan<byte> record)
    {
        byte[] frame = new byte[HeaderBytes + record.Length + SumBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(LengthBytes), MaskedSum(frame.AsSpan(0, LengthBytes)));
        record.CopyTo(frame.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(HeaderBytes + record.Length), MaskedSum(record));
        return frame;
    }

    /// <summary>CRC-32C (Castagnoli), turned by 15 bits and moved by a constant, so that the sum of a record that holds sums is a good one.</summary>
    private static uint MaskedSum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (byte value in bytes)
        {
            sum = BitOperations.Crc32C(sum, value);
        }
        return BitOperations.RotateRight(~sum, 15) + 0xa282ead8;
    }
}
