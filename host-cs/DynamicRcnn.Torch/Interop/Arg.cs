namespace DynamicRcnn.Torch.Interop;

/// <summary>One argument of a call. It holds the managed object, so that nothing is collected while the call runs.</summary>
internal readonly struct Arg
{
    internal readonly object? Object;
    internal readonly long Bits;
    internal readonly Tag Tag;
    internal readonly int Count;

    private Arg(Tag tag, object? value, long bits, int count = 0)
    {
        Tag = tag;
        Object = value;
        Bits = bits;
        Count = count;
    }

    internal static Arg None => new(Tag.None, null, 0);

    internal static Arg Default => new(Tag.Default, null, 0);

    public static implicit operator Arg(torch.Tensor? tensor) => new(tensor is null ? Tag.None : Tag.Tensor, tensor, 0);

    /// <summary>Entries may be null where the schema says <c>Tensor?[]</c>.</summary>
    public static implicit operator Arg(torch.Tensor?[] tensors) => new(Tag.Tensors, tensors, 0, tensors.Length);

    public static implicit operator Arg(Scalar? scalar) => scalar?.Argument ?? None;

    public static implicit operator Arg(int value) => new(Tag.Int, null, value);

    public static implicit operator Arg(long value) => new(Tag.Int, null, value);

    public static implicit operator Arg(long? value) => value is { } number ? number : None;

    public static implicit operator Arg(double value) => new(Tag.Double, null, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Arg(bool value) => new(Tag.Bool, null, value ? 1 : 0);

    public static implicit operator Arg(string text) => new(Tag.String, text, 0);

    public static implicit operator Arg(torch.ScalarType value) => new(Tag.DType, null, (long)value);

    public static implicit operator Arg(torch.ScalarType? value) => value is { } type ? type : None;

    public static implicit operator Arg(torch.Device? value) =>
        value is null ? None : new(Tag.Device, null, (long)value.type, value.index);

    public static implicit operator Arg(long[]? values) =>
        values is null ? Default : new(Tag.Ints, values, 0, values.Length);

    public static implicit operator Arg(double[]? values) =>
        values is null ? None : new(Tag.Doubles, values, 0, values.Length);

    /// <summary>Two small integers in the payload itself: strides and paddings need no memory.</summary>
    public static implicit operator Arg((long First, long Second) pair) =>
        pair.First == (short)pair.First && pair.Second == (short)pair.Second
            ? new Arg(Tag.IntsPacked, null, (ushort)pair.First | ((long)(ushort)pair.Second << 16), 2)
            : (Arg)new long[] { pair.First, pair.Second };
}
