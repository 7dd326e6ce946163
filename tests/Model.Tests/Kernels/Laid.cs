namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>Makes a map channels-last and tells how the gradient that comes to it is laid: libtorch lays a leaf's anew.</summary>
internal sealed class Laid : GuardedFunction<Laid>
{
    internal static Tensor Last(Tensor map, List<long> strides) => Record(map, strides);

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        context.save_data("strides", arguments[1]!);
        return ops.channels_last((Tensor)arguments[0]!);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    )
    {
        ((List<long>)context.get_data("strides")).AddRange(TensorMemory.Strides(gradient));
        return [torch.zeros_like(gradient), null];
    }
}
