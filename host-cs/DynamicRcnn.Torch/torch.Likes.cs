using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static Tensor zeros_like(
        Tensor input,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.zeros_like.Call(input, dtype, Arg.None, device));

    public static Tensor ones_like(
        Tensor input,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.ones_like.Call(input, dtype, Arg.None, device));

    public static Tensor full_like(
        Tensor input,
        Scalar value,
        ScalarType? dtype = null,
        Device? device = null,
        bool requires_grad = false
    ) => Requiring(requires_grad, Aten.full_like.Call(input, value, dtype, Arg.None, device));
}
