using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static Tensor zeros(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.zeros.Call(size, dtype, Arg.None, device));

    public static Tensor zeros(
        ReadOnlySpan<long> size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.zeros.Call(size.ToArray(), dtype, Arg.None, device));

    public static Tensor zeros(
        long size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.zeros.Call(new[] { size }, dtype, Arg.None, device));

    public static Tensor zeros(
        long rows,
        long columns,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.zeros.Call(new[] { rows, columns }, dtype, Arg.None, device));

    public static Tensor ones(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.ones.Call(size, dtype, Arg.None, device));

    public static Tensor ones(
        ReadOnlySpan<long> size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.ones.Call(size.ToArray(), dtype, Arg.None, device));

    public static Tensor ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Requiring(requires_grad, Aten.ones.Call(new[] { size }, dtype, Arg.None, device));

    public static Tensor ones(
        long rows,
        long columns,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.ones.Call(new[] { rows, columns }, dtype, Arg.None, device));

    public static Tensor full(
        long[] size,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.full.Call(size, value, dtype, Arg.None, device));

    public static Tensor full(
        ReadOnlySpan<long> size,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.full.Call(size.ToArray(), value, dtype, Arg.None, device));

    public static Tensor full(
        long size,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.full.Call(new[] { size }, value, dtype, Arg.None, device));

    public static Tensor full(
        long rows,
        long columns,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.full.Call(new[] { rows, columns }, value, dtype, Arg.None, device));

    public static Tensor empty(
        long[] size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.empty_memory_format.Call(size, dtype, Arg.None, device));

    public static Tensor empty(
        ReadOnlySpan<long> size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.empty_memory_format.Call(size.ToArray(), dtype, Arg.None, device));

    public static Tensor empty(
        long size,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.empty_memory_format.Call(new[] { size }, dtype, Arg.None, device));

    public static Tensor empty(
        long rows,
        long columns,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.empty_memory_format.Call(new[] { rows, columns }, dtype, Arg.None, device));

    private static Tensor Requiring(bool requiresGrad, Tensor tensor)
    {
        if (requiresGrad)
        {
            tensor.requires_grad = true;
        }
        return tensor;
    }
}
