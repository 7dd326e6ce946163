using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

/// <remarks>One call over many tensors, element by element of the lists, which are equally long. In place: the trailing underscore.</remarks>
public static unsafe partial class ops
{
    /// <summary>tensors[i] += number.</summary>
    public static void foreach_add_(Tensor[] tensors, double number) => Aten.foreach_add__Scalar.Run(tensors, number);

    /// <summary>tensors[i] += alpha * others[i].</summary>
    public static void foreach_add_(Tensor[] tensors, Tensor[] others, double alpha = 1) =>
        Aten.foreach_add__List.Run(tensors, others, alpha);

    /// <summary>tensors[i] *= factor.</summary>
    public static void foreach_mul_(Tensor[] tensors, double factor) => Aten.foreach_mul__Scalar.Run(tensors, factor);

    /// <summary>tensors[i] *= factors[i].</summary>
    public static void foreach_mul_(Tensor[] tensors, Tensor[] factors) => Aten.foreach_mul__List.Run(tensors, factors);

    /// <summary>tensors[i] /= divisors[i].</summary>
    public static void foreach_div_(Tensor[] tensors, Tensor[] divisors) =>
        Aten.foreach_div__List.Run(tensors, divisors);

    /// <summary>tensors[i] += value * first[i] * second[i].</summary>
    public static void foreach_addcmul_(Tensor[] tensors, Tensor[] first, Tensor[] second, double value = 1) =>
        Aten.foreach_addcmul__Scalar.Run(tensors, first, second, value);

    /// <summary>tensors[i] += value * numerators[i] / denominators[i].</summary>
    public static void foreach_addcdiv_(
        Tensor[] tensors,
        Tensor[] numerators,
        Tensor[] denominators,
        double value = 1
    ) => Aten.foreach_addcdiv__Scalar.Run(tensors, numerators, denominators, value);

    /// <summary>Square roots, in new tensors.</summary>
    public static Tensor[] foreach_sqrt(Tensor[] tensors) => Aten.foreach_sqrt.CallMany(tensors);

    /// <summary>tensors[i] = 0.</summary>
    public static void foreach_zero_(Tensor[] tensors) => Aten.foreach_zero_.Run(tensors);

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
