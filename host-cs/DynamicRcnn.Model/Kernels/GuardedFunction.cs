namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// An operator of ours in autograd. TorchSharp calls backward from native code, where an exception ends the process: here it is kept, and
/// libtorch is given a gradient of a shape that it mostly refuses, which ends the pass in good order. <see cref="BackwardPass.Run"/> then
/// throws what was kept, whether it was refused or not.
/// </summary>
/// <remarks>What TorchSharp would keep until the caller's dispose scope ends, every gradient of a pass among it, goes at once here.</remarks>
internal abstract class GuardedFunction<T> : torch.autograd.SingleTensorFunction<T>
    where T : GuardedFunction<T>, new()
{
    private const string NeedsKey = "needs";
    private const string PassKey = "pass";

    public override string Name => typeof(T).Name;

    /// <summary>Computes the operator and leaves in the context what the gradients need.</summary>
    protected abstract Tensor Result(torch.autograd.AutogradContext context, object?[] arguments);

    /// <summary>A gradient for each argument; null for what needs none.</summary>
    /// <param name="context">What <see cref="Result"/> left.</param>
    /// <param name="saved">What it saved for backward; null where it saved null.</param>
    /// <param name="gradient">Of the result.</param>
    /// <param name="needs">Which arguments want one.</param>
    protected abstract Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    );

    /// <summary>Whether anybody asks for a gradient: else the graph's node, which costs more than a small operator, is not made.</summary>
    protected static bool IsRecorded(params ReadOnlySpan<Tensor?> tensors)
    {
        if (!torch.is_grad_enabled())
            return false;
        foreach (Tensor? tensor in tensors)
        {
            if (tensor is { requires_grad: true })
                return true;
        }
        return false;
    }

    /// <summary>The operator with a node in the graph.</summary>
    protected static Tensor Record(params object?[] arguments)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(apply(arguments!));
    }

    public sealed override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.save_data(NeedsKey, Array.ConvertAll(vars, each => each is Tensor { requires_grad: true }));
        ctx.save_data(PassKey, BackwardPass.OfThread);
        return Result(ctx, vars);
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design",
        "CA1031",
        Justification = "Nothing may be thrown through native code."
    )]
    public sealed override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        bool[] needs = (bool[])ctx.get_data(NeedsKey);
        var pass = (BackwardPass)ctx.get_data(PassKey);
        try
        {
            pass.Forget();
            using DisposeScope scope = torch.NewDisposeScope();
            Tensor?[] gradients = Gradients(ctx, ctx.get_saved_variables(), grad_output, needs);
            if (gradients.Length != needs.Length) // TorchSharp would end the process
                throw new InvalidOperationException(
                    $"{Name}: {gradients.Length} gradients were made for {needs.Length} arguments"
                );
            foreach (Tensor? made in gradients)
                made?.MoveToOuterDisposeScope();
            pass.Give(gradients);
            return [.. gradients.Select(made => made!)];
        }
        catch (Exception error)
        {
            pass.Fail(error);
            return Refused(needs, pass);
        }
        finally
        {
            grad_output?.Dispose(); // null: nothing came back through the result
        }
    }

    private static List<Tensor> Refused(bool[] needs, BackwardPass pass)
    {
        var gradients = new Tensor[needs.Length];
        if (Array.IndexOf(needs, true) is >= 0 and var first)
            gradients[first] = torch.zeros([2, 3, 5, 7, 11, 13]);
        pass.Give(gradients);
        return [.. gradients];
    }
}
