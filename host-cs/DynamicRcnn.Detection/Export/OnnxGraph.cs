using System.Globalization;
using System.Runtime.InteropServices;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>An ONNX graph that is being put together (GraphProto): nodes in the order in which they are computed, and constants.</summary>
internal sealed class OnnxGraph
{
    private const int NodeField = 1;
    private const int NameField = 2;
    private const int InitializerField = 5;
    private const int InputField = 11;
    private const int OutputField = 12;

    private readonly OnnxGraph? outer;
    private readonly List<(int Field, byte[] Message)> fields = [];
    private readonly Dictionary<string, OnnxValue> constants = [];
    private int names;

    /// <param name="outer">The graph in a node of which this one is; null: none.</param>
    public OnnxGraph(OnnxGraph? outer = null)
    {
        this.outer = outer;
        fields.Add((NameField, "detector"u8.ToArray()));
    }

    private OnnxGraph Root => outer?.Root ?? this;

    /// <summary>What the graph is given.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="type">Of its elements.</param>
    /// <param name="sizes">A number or, where it may be any, a name for each axis.</param>
    public OnnxValue Input(string name, OnnxType type, params string[] sizes)
    {
        fields.Add((InputField, Described(name, type, sizes)));
        return new OnnxValue(this, name, type);
    }

    /// <summary>What the graph gives.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="value">What it is.</param>
    /// <param name="sizes">A number or, where it may be any, a name for each axis.</param>
    public void Output(string name, OnnxValue value, params string[] sizes)
    {
        AddNode("Identity", [value], [name], []);
        fields.Add((OutputField, Described(name, value.Type, sizes)));
    }

    /// <summary>A node with one output.</summary>
    public OnnxValue Node(string op, OnnxType type, OnnxValue?[] inputs, params byte[][] attributes) =>
        Nodes(op, [type], inputs, attributes)[0];

    /// <inheritdoc cref="Node(string, OnnxType, OnnxValue?[], byte[][])"/>
    public OnnxValue Node(string op, OnnxType type, OnnxValue[] inputs, params byte[][] attributes) =>
        Node(op, type, [.. inputs.Select(input => (OnnxValue?)input)], attributes);

    /// <summary>A node with an output for each type. An input that is null is left out.</summary>
    public OnnxValue[] Nodes(string op, OnnxType[] types, OnnxValue?[] inputs, params byte[][] attributes)
    {
        OnnxValue[] outputs = [.. types.Select(type => new OnnxValue(this, NewName(op), type))];
        AddNode(op, inputs, [.. outputs.Select(output => output.Name)], attributes);
        return outputs;
    }

    /// <summary>A value of the graph around this one.</summary>
    public OnnxValue FromOuter(OnnxValue value) => value with { Graph = this };

    /// <summary>0-dimensional.</summary>
    public OnnxValue Scalar(OnnxType type, double value) => Constant(type, [], [value]);

    /// <summary>int64 [n].</summary>
    public OnnxValue Longs(params long[] values) =>
        Constant(OnnxType.Int64, [values.Length], Array.ConvertAll(values, value => (double)value));

    /// <summary>A constant; equal ones are one.</summary>
    public OnnxValue Constant(OnnxType type, long[] sizes, double[] values)
    {
        string text = string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        string key = $"{type}[{string.Join(',', sizes)}] {text}";
        if (!Root.constants.TryGetValue(key, out OnnxValue known))
        {
            known = Root.Initializer(Root.NewName("constant"), type, sizes, Bytes(type, values));
            Root.constants.Add(key, known);
        }
        return known with { Graph = this };
    }

    /// <summary>A float32 tensor; one name is one tensor.</summary>
    /// <param name="name">Unique among weights.</param>
    /// <param name="sizes">Its sizes.</param>
    /// <param name="values">Row by row; not called where the tensor is there.</param>
    public OnnxValue Weight(string name, long[] sizes, Func<float[]> values)
    {
        if (!constants.TryGetValue(name, out OnnxValue known))
        {
            known = Initializer(name, OnnxType.Float, sizes, MemoryMarshal.AsBytes<float>(values()).ToArray());
            constants.Add(name, known);
        }
        return known;
    }

    /// <summary>The whole graph as one message.</summary>
    public byte[] ToMessage() =>
        ProtobufMessage.Message(fields.Select(field => ProtobufMessage.Bytes(field.Field, field.Message)));

    /// <summary>The graph's fields, for a writer to which it may be too large for one message in memory.</summary>
    public IReadOnlyList<(int Field, byte[] Message)> Fields => fields;

    private void AddNode(string op, OnnxValue?[] inputs, string[] outputs, byte[][] attributes) =>
        fields.Add(
            (
                NodeField,
                ProtobufMessage.Message([
                    .. inputs.Select(input => ProtobufMessage.Text(1, input?.Name ?? "")),
                    .. outputs.Select(output => ProtobufMessage.Text(2, output)),
                    ProtobufMessage.Text(3, $"{op}.{outputs[0]}"),
                    ProtobufMessage.Text(4, op),
                    .. attributes.Select(attribute => ProtobufMessage.Bytes(5, attribute)),
                ])
            )
        );

    private OnnxValue Initializer(string name, OnnxType type, long[] sizes, byte[] bytes)
    {
        fields.Add(
            (
                InitializerField,
                ProtobufMessage.Message([
                    .. sizes.Select(size => ProtobufMessage.Integer(1, size)),
                    ProtobufMessage.Integer(2, (long)type),
                    ProtobufMessage.Text(8, name),
                    ProtobufMessage.Bytes(9, bytes),
                ])
            )
        );
        return new OnnxValue(this, name, type);
    }

    private string NewName(string stem) => $"{stem}_{Root.names++}";

    /// <summary>ValueInfoProto: a tensor's name, type and sizes.</summary>
    private static byte[] Described(string name, OnnxType type, string[] sizes)
    {
        byte[] shape = ProtobufMessage.Message(
            sizes.Select(size =>
                ProtobufMessage.Bytes(
                    1,
                    ProtobufMessage.Message(
                        long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                            ? ProtobufMessage.Integer(1, number)
                            : ProtobufMessage.Text(2, size)
                    )
                )
            )
        );
        byte[] tensor = ProtobufMessage.Message(
            ProtobufMessage.Integer(1, (long)type),
            ProtobufMessage.Bytes(2, shape)
        );
        return ProtobufMessage.Message(
            ProtobufMessage.Text(1, name),
            ProtobufMessage.Bytes(2, ProtobufMessage.Message(ProtobufMessage.Bytes(1, tensor)))
        );
    }

    private static byte[] Bytes(OnnxType type, double[] values) =>
        type switch
        {
            OnnxType.Float => MemoryMarshal.AsBytes<float>(Array.ConvertAll(values, value => (float)value)).ToArray(),
            OnnxType.Double => MemoryMarshal.AsBytes<double>(values).ToArray(),
            OnnxType.Int32 => MemoryMarshal.AsBytes<int>(Array.ConvertAll(values, value => (int)value)).ToArray(),
            OnnxType.Int64 => MemoryMarshal.AsBytes<long>(Array.ConvertAll(values, value => (long)value)).ToArray(),
            _ => Array.ConvertAll(values, value => (byte)value),
        };
}
