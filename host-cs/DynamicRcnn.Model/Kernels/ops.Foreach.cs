namespace DynamicRcnn.Model.Kernels;

/// <remarks>Over many tensors, element by element of the lists, which are equally long. In place: the trailing underscore.</remarks>
public static partial class ops
{
    /// <summary>tensors[i] += alpha * others[i].</summary>
    public static void foreach_add_(Tensor[] tensors, Tensor[] others, double alpha = 1)
    {
        for (int i = 0; i < tensors.Length; i++)
            tensors[i].add_(others[i], alpha);
    }

    /// <summary>tensors[i] *= factor.</summary>
    public static void foreach_mul_(Tensor[] tensors, double factor)
    {
        foreach (Tensor tensor in tensors)
            tensor.mul_(factor);
    }

    /// <summary>tensors[i] *= factor.</summary>
    /// <param name="tensors">Of one type.</param>
    /// <param name="factor">0-dimensional, of their type and on their device, where it stays.</param>
    public static void foreach_mul_(Tensor[] tensors, Tensor factor) =>
        Dispatcher.Run("aten::_foreach_mul_.Tensor", tensors, factor);

    /// <summary>tensors[i] * factor, as new tensors.</summary>
    public static Tensor[] foreach_mul(Tensor[] tensors, double factor) =>
        Array.ConvertAll(tensors, tensor => tensor.mul(factor));

    /// <summary>tensors[i] = others[i] if the condition holds; otherwise every bit stays, whatever the others hold.</summary>
    /// <param name="condition">0-dimensional bool, on the tensors' device, where it stays.</param>
    /// <param name="tensors">Written in place.</param>
    /// <param name="others">Of the same types and shapes.</param>
    public static void foreach_replace_(Tensor condition, Tensor[] tensors, Tensor[] others)
    {
        for (int i = 0; i < tensors.Length; i++)
        {
            using Tensor chosen = torch.where(condition, others[i], tensors[i]);
            tensors[i].copy_(chosen);
        }
    }

    /// <summary>
    /// A step of stochastic gradient descent with momentum over all tensors: g += decay * w, v = momentum * v + g, w -= rate * v. The gradients
    /// may hold anything afterwards.
    /// </summary>
    /// <param name="parameters">The w, written in place.</param>
    /// <param name="gradients">The g, in any layout.</param>
    /// <param name="velocities">The v, written in place, each laid out as its w.</param>
    /// <param name="decay">Of weights.</param>
    /// <param name="momentum">At least 0.</param>
    /// <param name="rate">0-dimensional float32: of learning, on the tensors' device, where it stays.</param>
    /// <param name="skip">0-dimensional bool, on the tensors' device, where it stays: where it holds, no bit changes; null: it does not.</param>
    public static void sgd_(
        Tensor[] parameters,
        Tensor[] gradients,
        Tensor[] velocities,
        double decay,
        double momentum,
        Tensor rate,
        Tensor? skip = null
    )
    {
        if (gradients.Length != parameters.Length || velocities.Length != parameters.Length)
            throw new ArgumentException(
                $"sgd_: {parameters.Length} parameters need as many gradients and velocities, got {gradients.Length} and {velocities.Length}"
            );
        foreach ((Tensor parameter, Tensor velocity) in parameters.Zip(velocities))
        {
            if (!TensorMemory.Strides(velocity).SequenceEqual(TensorMemory.Strides(parameter)))
                throw new ArgumentException("sgd_: a velocity must be laid out as its parameter");
        }
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] laid = [.. parameters.Zip(gradients, LaidAs)];
        Tensor[] none = [];
        (double dampening, bool nesterov, bool maximise, bool isFirst) = (0, false, false, false);
        Dispatcher.Run(
            "aten::_fused_sgd_.tensor_lr",
            parameters,
            laid,
            momentum == 0 ? none : velocities, // without momentum there are none
            decay,
            momentum,
            rate,
            dampening,
            nesterov,
            maximise,
            isFirst,
            Dispatcher.Argument.None, // a scale of the gradients
            skip is null ? Dispatcher.Argument.None : Dispatcher.Argument.Some(skip.to(ScalarType.Float32))
        );
    }

    /// <summary>A gradient in its parameter's layout: the step goes through their memory side by side.</summary>
    private static Tensor LaidAs(Tensor parameter, Tensor gradient) =>
        TensorMemory.Strides(gradient).SequenceEqual(TensorMemory.Strides(parameter))
            ? gradient
            : torch.empty_like(parameter).copy_(gradient);

    /// <summary>0-dimensional: the L2 norm over all elements of all tensors, at least one.</summary>
    public static Tensor global_norm(Tensor[] tensors)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor norms = torch.stack(Array.ConvertAll(tensors, tensor => tensor.norm())); // [tensors]
        return scope.MoveToOuter((norms * norms).sum().sqrt());
    }
}
