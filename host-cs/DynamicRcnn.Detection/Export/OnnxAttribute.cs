using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>Attributes of a node, as messages (AttributeProto).</summary>
internal static class OnnxAttribute
{
    private const int Name = 1;
    private const int Kind = 20;

    public static byte[] Of(string name, float value) => Made(name, 1, ProtobufMessage.Float(2, value));

    public static byte[] Of(string name, long value) => Made(name, 2, ProtobufMessage.Integer(3, value));

    public static byte[] Of(string name, string value) => Made(name, 3, ProtobufMessage.Text(4, value));

    public static byte[] Of(string name, OnnxGraph graph) => Made(name, 5, ProtobufMessage.Bytes(6, graph.ToMessage()));

    public static byte[] Of(string name, long[] values) =>
        Made(name, 7, [.. values.Select(value => ProtobufMessage.Integer(8, value))]);

    private static byte[] Made(string name, long kind, params Action<Google.Protobuf.CodedOutputStream>[] values) =>
        ProtobufMessage.Message([ProtobufMessage.Text(Name, name), .. values, ProtobufMessage.Integer(Kind, kind)]);
}
