namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// A residual block of which autograd keeps the input alone (gradient checkpointing, Chen et al., Training Deep Nets with Sublinear Memory
/// Cost, 2016): backward computes it again, so that its inner values are in memory for one block at a time. The same gradients to the bit, for
/// one more forward pass.
/// </summary>
internal sealed class RecomputedFunction : GuardedFunction<RecomputedFunction>
{
    private const string BlockKey = "block";

    /// <summary>The input stands there twice, in the order in which autograd adds the gradients of a block's two uses of it.</summary>
    private enum Place
    {
        Shortcut,
        Input,
        Parameter,
        Block,
    }

    /// <summary>What the block makes of an input; its parameters get their gradients in backward.</summary>
    internal static Tensor Call(ResidualBlock block, Tensor input)
    {
        // The input of the first block that is trained needs no gradient, so a parameter stands for the block in the graph.
        Tensor? parameter = block.parameters().FirstOrDefault(each => each.requires_grad);
        return parameter is not null && IsRecorded(input, parameter)
            ? Record(input, input, parameter, block)
            : block.call(input);
    }

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var (input, block) = ((Tensor)arguments[(int)Place.Input]!, (ResidualBlock)arguments[(int)Place.Block]!);
        context.save_for_backward([input]);
        context.save_data(BlockKey, block);
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(Compute(block, input, input.requires_grad).Output.detach());
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    )
    {
        var block = (ResidualBlock)context.get_data(BlockKey);
        bool needsInput = needs[(int)Place.Input];
        (Tensor input, Tensor shortcut, Tensor output) = Compute(block, saved[0]!, needsInput);
        torch.autograd.backward([output], [gradient]); // the parameters' gradients arrive where they belong
        BackwardPass.OfThread.Forget();
        var gradients = new Tensor?[needs.Length];
        if (needsInput)
            (gradients[(int)Place.Input], gradients[(int)Place.Shortcut]) = (input.grad, shortcut.grad);
        return gradients;
    }

    /// <summary>The block with a graph of its own, both times: what is not recorded takes another way, which rounds otherwise.</summary>
    private static (Tensor Input, Tensor Shortcut, Tensor Output) Compute(
        ResidualBlock block,
        Tensor input,
        bool isTrained
    )
    {
        using IDisposable recorded = torch.enable_grad();
        var (own, shortcut) = (input.detach(), input.detach());
        own.requires_grad = shortcut.requires_grad = isTrained;
        return (own, shortcut, block.Join(own, shortcut));
    }
}
