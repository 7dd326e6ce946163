using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Aten.cat.Call(tensors, dim);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Aten.stack.Call(tensors.ToArray(), dim);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Aten.where_self.Call(condition, x, y);

    public static Tensor maximum(Tensor input, Tensor other) => Aten.maximum.Call(input, other);

    public static Tensor minimum(Tensor input, Tensor other) => Aten.minimum.Call(input, other);

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor log2(Tensor input) => input.log2();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor floor(Tensor input) => input.floor();

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) =>
        input.flatten(start_dim, end_dim);

    public static Tensor nonzero(Tensor input) => input.nonzero();

    public static Tensor cumsum(Tensor input, long dim, ScalarType? type = null) => input.cumsum(dim, type);

    public static (Tensor values, Tensor indices) topk(
        Tensor tensor,
        int k,
        int dim = -1,
        bool largest = true,
        bool sorted = true
    ) => tensor.topk(k, dim, largest, sorted);
}
