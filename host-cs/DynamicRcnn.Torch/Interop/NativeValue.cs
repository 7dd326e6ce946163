using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>The tags of drcnn.h, in its order.</summary>
internal enum Tag
{
    None,
    Default,
    Tensor,
    Tensors,
    Int,
    Double,
    Bool,
    Ints,
    Doubles,
    Bools,
    String,
    DType,
    Device,
    IntsPacked,
}

/// <summary>drcnn_value: a tag, a count and eight bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)]
    public Tag Tag;

    [FieldOffset(4)]
    public int Count;

    [FieldOffset(8)]
    public long Integer;

    [FieldOffset(8)]
    public double Real;

    [FieldOffset(8)]
    public nint Pointer;
}
