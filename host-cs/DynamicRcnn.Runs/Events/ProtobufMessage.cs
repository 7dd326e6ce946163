using Google.Protobuf;
using static Google.Protobuf.WireFormat;

namespace DynamicRcnn.Runs;

/// <summary>Protocol Buffers messages of the few kinds of fields that an event file needs.</summary>
internal static class ProtobufMessage
{
    /// <summary>The bytes of a message.</summary>
    internal static byte[] Message(params IEnumerable<Action<CodedOutputStream>> fields)
    {
        using MemoryStream bytes = new();
        using CodedOutputStream output = new(bytes);
        foreach (Action<CodedOutputStream> field in fields)
        {
            field(output);
        }
        output.Flush();
        return bytes.ToArray();
    }

    internal static Action<CodedOutputStream> Integer(int field, long value) =>
        Field(field, WireType.Varint, output => output.WriteInt64(value));

    internal static Action<CodedOutputStream> Double(int field, double value) =>
        Field(field, WireType.Fixed64, output => output.WriteDouble(value));

    internal static Action<CodedOutputStream> Float(int field, float value) =>
        Field(field, WireType.Fixed32, output => output.WriteFloat(value));

    internal static Action<CodedOutputStream> Text(int field, string value) =>
        Field(field, WireType.LengthDelimited, output => output.WriteString(value));

    /// <summary>Bytes, or a message.</summary>
    internal static Action<CodedOutputStream> Bytes(int field, byte[] value) =>
        Field(field, WireType.LengthDelimited, output => output.WriteBytes(UnsafeByteOperations.UnsafeWrap(value)));

    /// <summary>A packed list.</summary>
    internal static Action<CodedOutputStream> Doubles(int field, double[] values) =>
        Bytes(field, Message(values.Select(value => (Action<CodedOutputStream>)(output => output.WriteDouble(value)))));

    private static Action<CodedOutputStream> Field(int field, WireType type, Action<CodedOutputStream> write) =>
        output =>
        {
            output.WriteTag(field, type);
            write(output);
        };
}
