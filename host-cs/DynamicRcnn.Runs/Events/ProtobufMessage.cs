using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DynamicRcnn.Runs;

/// <summary>A Protocol Buffers message in the making: the few kinds of fields that an event file needs, in the order they are added.</summary>
internal sealed class ProtobufMessage
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Delimited = 2;
    private const int Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> bytes = new();

    /// <summary>What was added so far.</summary>
    internal byte[] ToArray() => bytes.WrittenSpan.ToArray();

    internal ProtobufMessage Integer(int field, long value) => Key(field, Varint).WriteVarint((ulong)value);

    internal ProtobufMessage Double(int field, double value) => Key(field, Fixed64).WriteDouble(value);

    internal ProtobufMessage Float(int field, float value)
    {
        Span<byte> four = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        return Key(field, Fixed32).WriteBytes(four);
    }

    internal ProtobufMessage Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    internal ProtobufMessage Message(int field, ProtobufMessage value) => Bytes(field, value.ToArray());

    internal ProtobufMessage Bytes(int field, ReadOnlySpan<byte> value) =>
        Key(field, Delimited).WriteVarint((ulong)value.Length).WriteBytes(value);

    /// <summary>A packed list.</summary>
    internal ProtobufMessage Doubles(int field, ReadOnlySpan<double> values)
    {
        Key(field, Delimited).WriteVarint((ulong)(values.Length * sizeof(double)));
        foreach (double value in values)
        {
            WriteDouble(value);
        }
        return this;
    }

    private ProtobufMessage Key(int field, int kind) => WriteVarint((ulong)((field << 3) | kind));

    private ProtobufMessage WriteDouble(double value)
    {
        Span<byte> eight = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(eight, value);
        return WriteBytes(eight);
    }

    private ProtobufMessage WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Write([(byte)(value | 0x80)]);
        }
        bytes.Write([(byte)value]);
        return this;
    }

    private ProtobufMessage WriteBytes(ReadOnlySpan<byte> value)
    {
        bytes.Write(value);
        return this;
    }
}
