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

    /// <summary>tensors[i] *= factor.</summary>
    /// <param name="tensors">Of one type.</param>
    /// <param name="factor">0-dimensional, of their type and on their device, where it stays.</param>
    public static void foreach_mul_(Tensor[] tensors, Tensor factor)
    {
        // One launch for many tensors, from libtorch 2.1 on; before, one for each.
        if (Aten.foreach_mul__Tensor.Exists)
        {
            Aten.foreach_mul__Tensor.Run(tensors, factor);
            return;
        }
        Aten.foreach_mul__List.Run(tensors, Array.ConvertAll(tensors, _ => factor));
    }

    /// <summary>tensors[i] * factor, as new tensors.</summary>
    public static Tensor[] foreach_mul(Tensor[] tensors, double factor) =>
        Aten.foreach_mul_Scalar.CallMany(tensors, factor);

    /// <summary>tensors[i] + alpha * others[i], as new tensors.</summary>
    public static Tensor[] foreach_add(Tensor[] tensors, Tensor[] others, double alpha = 1) =>
        Aten.foreach_add_List.CallMany(tensors, others, alpha);

    /// <summary>tensors[i] = others[i] if the condition holds; otherwise every bit stays, whatever the others hold.</summary>
    /// <param name="condition">0-dimensional bool, on the tensors' device, where it stays.</param>
    /// <param name="tensors">Written in place.</param>
    /// <param name="others">Of the same types and shapes.</param>
    public static void foreach_replace_(Tensor condition, Tensor[] tensors, Tensor[] others)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            Aten.where_self_out.Run(condition, others[i], tensors[i], tensors[i]);
        }
    }

    /// <summary>
    /// A step of stochastic gradient descent with momentum over all tensors: g += decay * w, v = momentum * v + g, w -= rate * v. The gradients
    /// may hold anything afterwards.
    /// </summary>
    /// <param name="parameters">The w, written in place.</param>
    /// <param name="gradients">The g.</param>
    /// <param name="velocities">The v, written in place.</param>
    /// <param name="decay">Of weights.</param>
    /// <param name="momentum">At least 0.</param>
    /// <param name="rate">Of learning.</param>
    /// <param name="skip">0-dimensional bool, on the tensors' device, where it stays: where it holds, no bit changes; null: it does not.</param>
    public static void sgd_(
        Tensor[] parameters,
        Tensor[] gradients,
        Tensor[] velocities,
        double decay,
        double momentum,
        double rate,
        Tensor? skip = null
    )
    {
        foreach_add_(gradients, parameters, decay);
        if (skip is null)
        {
            foreach_mul_(velocities, momentum);
            foreach_add_(velocities, gradients);
            foreach_add_(parameters, velocities, -rate);
            return;
        }
        using DisposeScope scope = NewDisposeScope();
        // Beside the old ones: what is not finite must not touch them, not even times 0.
        Tensor[] faster = foreach_mul(velocities, momentum);
        foreach_add_(faster, gradients);
        Tensor[] moved = foreach_add(parameters, faster, -rate);
        Tensor apply = skip.logical_not();
        foreach_replace_(apply, velocities, faster);
        foreach_replace_(apply, parameters, moved);
    }

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
