using DynamicRcnn.Runs;
using Google.Protobuf;
using static Google.Protobuf.WireFormat;

namespace DynamicRcnn.Detection;

/// <summary>Writes a graph as an ONNX file (ModelProto), field by field: the weights may be half a gigabyte.</summary>
internal static class OnnxFile
{
    /// <summary>The last of the format's versions that this opset came with.</summary>
    private const int FormatVersion = 10;

    /// <summary>The version of the operators. RoiAlign has a newer one with 22, which ONNX Runtime 1.31 has not on a CPU.</summary>
    private const int Opset = 21;

    private const int GraphField = 7;

    /// <param name="stream">Written to.</param>
    /// <param name="graph">Inputs, outputs, nodes and weights.</param>
    /// <param name="version">Of the program that writes.</param>
    /// <param name="metadata">Kept in the file's properties.</param>
    public static void Write(
        Stream stream,
        OnnxGraph graph,
        string version,
        IEnumerable<KeyValuePair<string, string>> metadata
    )
    {
        using CodedOutputStream output = new(stream, leaveOpen: true);
        ProtobufMessage.Integer(1, FormatVersion)(output);
        ProtobufMessage.Text(2, "DynamicRcnn")(output);
        ProtobufMessage.Text(3, version)(output);
        output.WriteTag(GraphField, WireType.LengthDelimited);
        output.WriteLength(checked((int)graph.Fields.Sum(Size)));
        foreach ((int field, byte[] message) in graph.Fields)
        {
            ProtobufMessage.Bytes(field, message)(output);
        }
        byte[] opset = ProtobufMessage.Message(ProtobufMessage.Text(1, ""), ProtobufMessage.Integer(2, Opset));
        ProtobufMessage.Bytes(8, opset)(output);
        foreach ((string key, string value) in metadata)
        {
            byte[] property = ProtobufMessage.Message(ProtobufMessage.Text(1, key), ProtobufMessage.Text(2, value));
            ProtobufMessage.Bytes(14, property)(output);
        }
    }

    private static long Size((int Field, byte[] Message) field) =>
        CodedOutputStream.ComputeTagSize(field.Field)
        + CodedOutputStream.ComputeLengthSize(field.Message.Length)
        + (long)field.Message.Length;
}
