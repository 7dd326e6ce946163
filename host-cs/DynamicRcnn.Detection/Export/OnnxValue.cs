namespace DynamicRcnn.Detection;

/// <summary>A tensor of an ONNX graph. Its operators add nodes to the graph; a number beside one becomes a constant of its type.</summary>
/// <param name="Graph">Where its nodes go.</param>
/// <param name="Name">In the file.</param>
/// <param name="Type">Of its elements.</param>
internal readonly record struct OnnxValue(OnnxGraph Graph, string Name, OnnxType Type)
{
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Of("Add", b);

    public static OnnxValue operator +(OnnxValue a, double b) => a + a.Constant(b);

    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Of("Sub", b);

    public static OnnxValue operator -(OnnxValue a, double b) => a - a.Constant(b);

    public static OnnxValue operator -(double a, OnnxValue b) => b.Constant(a) - b;

    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Of("Mul", b);

    public static OnnxValue operator *(OnnxValue a, double b) => a * a.Constant(b);

    /// <summary>Of integers, that are not negative here, rounded down.</summary>
    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Of("Div", b);

    public static OnnxValue operator /(OnnxValue a, double b) => a / a.Constant(b);

    public static OnnxValue operator /(double a, OnnxValue b) => b.Constant(a) / b;

    public static OnnxValue operator >(OnnxValue a, double b) => a.Compared("Greater", a.Constant(b));

    public static OnnxValue operator <(OnnxValue a, double b) => a.Compared("Less", a.Constant(b));

    public static OnnxValue operator >=(OnnxValue a, double b) => a.Compared("GreaterOrEqual", a.Constant(b));

    public static OnnxValue operator <=(OnnxValue a, double b) => a.Compared("LessOrEqual", a.Constant(b));

    public static OnnxValue operator &(OnnxValue a, OnnxValue b) => a.Of("And", b);

    public OnnxValue Greater(OnnxValue other) => Compared("Greater", other);

    public OnnxValue Less(OnnxValue other) => Compared("Less", other);

    public OnnxValue GreaterOrEqual(OnnxValue other) => Compared("GreaterOrEqual", other);

    public OnnxValue Equal(OnnxValue other) => Compared("Equal", other);

    public OnnxValue Min(OnnxValue other) => Of("Min", other);

    public OnnxValue Min(double other) => Of("Min", Constant(other));

    public OnnxValue Max(OnnxValue other) => Of("Max", other);

    public OnnxValue Max(double other) => Of("Max", Constant(other));

    public OnnxValue Floor() => Graph.Node("Floor", Type, [this]);

    public OnnxValue Ceil() => Graph.Node("Ceil", Type, [this]);

    /// <summary>Half to even.</summary>
    public OnnxValue Round() => Graph.Node("Round", Type, [this]);

    public OnnxValue Abs() => Graph.Node("Abs", Type, [this]);

    public OnnxValue Sqrt() => Graph.Node("Sqrt", Type, [this]);

    public OnnxValue Exp() => Graph.Node("Exp", Type, [this]);

    public OnnxValue Relu() => Graph.Node("Relu", Type, [this]);

    public OnnxValue Sigmoid() => Graph.Node("Sigmoid", Type, [this]);

    public OnnxValue Softmax(long axis) => Graph.Node("Softmax", Type, [this], OnnxAttribute.Of("axis", axis));

    /// <summary>This where a condition holds, else another.</summary>
    public OnnxValue Where(OnnxValue condition, OnnxValue other) => Graph.Node("Where", Type, [condition, this, other]);

    /// <summary>Numbers with a fraction become integers without it.</summary>
    public OnnxValue Cast(OnnxType type) =>
        type == Type ? this : Graph.Node("Cast", type, [this], OnnxAttribute.Of("to", (long)type));

    /// <summary>Its sizes, int64 [rank].</summary>
    public OnnxValue Shape() => Graph.Node("Shape", OnnxType.Int64, [this]);

    /// <summary>The size along an axis, int64 [1].</summary>
    public OnnxValue Size(long axis) => Shape().Slice(axis, axis + 1, 0);

    /// <summary>The elements [start, end) of an axis.</summary>
    public OnnxValue Slice(long start, long end, long axis) =>
        Graph.Node("Slice", Type, [this, Graph.Longs(start), Graph.Longs(end), Graph.Longs(axis)]);

    public OnnxValue Reshape(params long[] sizes) => Graph.Node("Reshape", Type, [this, Graph.Longs(sizes)]);

    /// <summary>Without an axis of size 1 that is left: 0-dimensional from [1].</summary>
    public OnnxValue Squeeze() => Graph.Node("Squeeze", Type, [this]);

    public OnnxValue Unsqueeze(long axis) => Graph.Node("Unsqueeze", Type, [this, Graph.Longs(axis)]);

    public OnnxValue Transpose(params long[] order) =>
        Graph.Node("Transpose", Type, [this], OnnxAttribute.Of("perm", order));

    public OnnxValue Expand(OnnxValue sizes) => Graph.Node("Expand", Type, [this, sizes]);

    public OnnxValue Gather(OnnxValue indices, long axis = 0) =>
        Graph.Node("Gather", Type, [this, indices], OnnxAttribute.Of("axis", axis));

    /// <summary>The largest elements of [n] with their places, largest first; of equal ones the earlier first.</summary>
    /// <param name="count">int64 [1], at most n.</param>
    /// <param name="largest">False: the smallest.</param>
    public (OnnxValue Values, OnnxValue Places) Top(OnnxValue count, bool largest = true)
    {
        OnnxValue[] both = Graph.Nodes(
            "TopK",
            [Type, OnnxType.Int64],
            [this, count],
            OnnxAttribute.Of("axis", 0),
            OnnxAttribute.Of("largest", largest ? 1 : 0)
        );
        return (both[0], both[1]);
    }

    /// <summary>0, 1, 2, ... below this number, int64 [1].</summary>
    public OnnxValue Range() =>
        Graph.Node(
            "Range",
            OnnxType.Int64,
            [Graph.Scalar(OnnxType.Int64, 0), Squeeze(), Graph.Scalar(OnnxType.Int64, 1)]
        );

    /// <summary>Of values that have everything but this axis alike.</summary>
    public static OnnxValue Concat(long axis, params OnnxValue[] values) =>
        values[0].Graph.Node("Concat", values[0].Type, values, OnnxAttribute.Of("axis", axis));

    private OnnxValue Constant(double value) => Graph.Scalar(Type, value);

    private OnnxValue Of(string op, OnnxValue other) => Graph.Node(op, Type, [this, other]);

    private OnnxValue Compared(string op, OnnxValue other) => Graph.Node(op, OnnxType.Bool, [this, other]);
}
