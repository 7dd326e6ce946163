using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static Tensor rand(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.rand.Call(size, dtype, Arg.None, device));

    public static Tensor rand(
        ReadOnlySpan<long> size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.rand.Call(size.ToArray(), dtype, Arg.None, device));

    public static Tensor rand(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Requiring(requires_grad, Aten.rand.Call(new[] { size }, dtype, Arg.None, device));

    public static Tensor rand(
        long rows,
        long columns,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.rand.Call(new[] { rows, columns }, dtype, Arg.None, device));

    public static Tensor randn(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.randn.Call(size, dtype, Arg.None, device));

    public static Tensor randn(
        ReadOnlySpan<long> size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.randn.Call(size.ToArray(), dtype, Arg.None, device));

    public static Tensor randn(
        long size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.randn.Call(new[] { size }, dtype, Arg.None, device));

    public static Tensor randn(
        long rows,
        long columns,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.randn.Call(new[] { rows, columns }, dtype, Arg.None, device));

    /// <summary>The numbers below <paramref name="n"/> in random order, int64 unless told otherwise.</summary>
    public static Tensor randperm(
        long n,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.randperm.Call(n, dtype ?? ScalarType.Int64, Arg.None, device));
}
