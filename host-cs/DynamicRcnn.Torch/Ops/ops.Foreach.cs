using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

/// <remarks>One call over many tensors, element by element of the lists, which are equally long. In place: the trailing underscore.</remarks>
public static unsafe partial class ops
{
    /// <summary>tensors[i] += alpha * others[i].</summary>
    public static void foreach_add_(Tensor[] tensors, Tensor[] others, double alpha = 1) =>
        Aten.foreach_add__List.Run(tensors, others, alpha);

    /// <summary>tensors[i] *= factor.</summary>
    public static void foreach_mul_(Tensor[] tensors, double factor) => Aten.foreach_mul__Scalar.Run(tensors, factor);

    /// <summary>The L2 norm of each tensor, 0-dimensional.</summary>
    public static Tensor[] foreach_norm(Tensor[] tensors) => Aten.foreach_norm_Scalar.CallMany(tensors, 2.0);

    /// <summary>0-dimensional: the L2 norm over all elements of all tensors, at least one.</summary>
    public static Tensor global_norm(Tensor[] tensors)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor norms = stack(foreach_norm(tensors)); // [tensors]
        return scope.MoveToOuter((norms * norms).sum().sqrt());
    }
}
