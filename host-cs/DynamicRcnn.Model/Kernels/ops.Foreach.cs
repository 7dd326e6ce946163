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
        RequireBeside(parameters, gradients, velocities, "sgd_", "velocities");
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
            FoundInfinite(skip)
        );
    }

    /// <summary>
    /// A step of AdamW over all tensors, as PyTorch defines it: w *= 1 - rate * decay, m = b1 * m + (1 - b1) * g, v = b2 * v + (1 - b2) * g^2,
    /// w -= rate * (m / (1 - b1^n)) / (sqrt(v / (1 - b2^n)) + epsilon), with n the number of this step.
    /// </summary>
    /// <param name="parameters">The w, written in place.</param>
    /// <param name="gradients">The g, in any layout.</param>
    /// <param name="firsts">The m, written in place, each laid out as its w.</param>
    /// <param name="seconds">The v, likewise.</param>
    /// <param name="step">0-dimensional float32: n, from 1, on the tensors' device, where it stays.</param>
    /// <param name="decay">Of weights, decoupled from the gradient.</param>
    /// <param name="moments">b1, b2 and epsilon.</param>
    /// <param name="rate">0-dimensional float32: of learning, on the tensors' device, where it stays.</param>
    /// <param name="skip">0-dimensional bool, on the tensors' device, where it stays: where it holds, no bit changes; null: it does not.</param>
    public static void adamw_(
        Tensor[] parameters,
        Tensor[] gradients,
        Tensor[] firsts,
        Tensor[] seconds,
        Tensor step,
        double decay,
        (double First, double Second, double Epsilon) moments,
        Tensor rate,
        Tensor? skip = null
    )
    {
        RequireBeside(parameters, gradients, firsts, "adamw_", "first moments");
        RequireBeside(parameters, gradients, seconds, "adamw_", "second moments");
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] laid = [.. parameters.Zip(gradients, LaidAs)];
        Tensor[] none = [];
        Tensor[] steps = [.. parameters.Select(_ => step)];
        (bool amsgrad, bool maximise) = (false, false);
        Dispatcher.Run(
            "aten::_fused_adamw_.tensor_lr",
            parameters,
            laid,
            firsts,
            seconds,
            none, // the largest second moments, of amsgrad alone
            steps,
            rate,
            moments.First,
            moments.Second,
            decay,
            moments.Epsilon,
            amsgrad,
            maximise,
            Dispatcher.Argument.None, // a scale of the gradients
            FoundInfinite(skip)
        );
    }

    /// <summary>What the fused steps ask before they write: a number other than 0 where no bit may change.</summary>
    private static Dispatcher.Argument FoundInfinite(Tensor? skip) =>
        skip is null ? Dispatcher.Argument.None : Dispatcher.Argument.Some(skip.to(ScalarType.Float32));

    /// <summary>The fused steps go through the memory of all tensors side by side.</summary>
    private static void RequireBeside(
        Tensor[] parameters,
        Tensor[] gradients,
        Tensor[] buffers,
        string operation,
        string name
    )
    {
        if (gradients.Length != parameters.Length || buffers.Length != parameters.Length)
            throw new ArgumentException(
                $"{operation}: {parameters.Length} parameters need as many gradients and {name}, got {gradients.Length} and {buffers.Length}"
            );
        foreach ((Tensor parameter, Tensor buffer) in parameters.Zip(buffers))
        {
            if (!TensorMemory.Strides(buffer).SequenceEqual(TensorMemory.Strides(parameter)))
                throw new ArgumentException($"{operation}: {name} must be laid out as their parameters");
        }
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
