namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C input channels, O output channels, K taps, G groups, D offset groups.

/// <summary>The tensors of a deformable convolution, in this order.</summary>
internal enum DeformPlace
{
    Input,
    Weight,
    Offset,
    Mask,
    Bias,
}

/// <summary>What a deformable convolution is computed from.</summary>
/// <param name="Input">[N, C, H, W].</param>
/// <param name="Weight">[O, C/G, kh, kw].</param>
/// <param name="Offset">[N, 2DK, H', W'].</param>
/// <param name="Mask">[N, DK, H', W'], or null for none.</param>
/// <param name="Bias">[O], or null for none.</param>
internal sealed record DeformArguments(Tensor Input, Tensor Weight, Tensor Offset, Tensor? Mask, Tensor? Bias)
{
    /// <summary>All of another type; recorded.</summary>
    internal DeformArguments To(ScalarType type) =>
        new(Input.to(type), Weight.to(type), Offset.to(type), Mask?.to(type), Bias?.to(type));
}

/// <summary>What is no tensor among a deformable convolution's arguments; pairs are (rows, columns).</summary>
internal sealed record DeformConv2dOptions(
    (long Rows, long Columns) Stride,
    (long Rows, long Columns) Padding,
    (long Rows, long Columns) Dilation,
    long Groups,
    long OffsetGroups
);

/// <summary>A modulated deformable convolution in float32 or float64, and its place in autograd.</summary>
internal sealed class DeformConv2dFunction : GuardedFunction<DeformConv2dFunction>
{
    private const string OptionsKey = "options";
    private const string KernelsKey = "kernels";

    /// <summary>Half precision is computed in float32 and rounded at the end.</summary>
    internal static Tensor Call(DeviceKernels kernels, DeformArguments arguments, DeformConv2dOptions options)
    {
        DeformConv2dCheck.Check(kernels, arguments, options);
        ScalarType type = arguments.Input.dtype;
        if (type is ScalarType.Float32 or ScalarType.Float64)
            return Full(kernels, arguments, options);
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(Full(kernels, arguments.To(ScalarType.Float32), options).to(type));
    }

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        Tensor? At(DeformPlace place) => (Tensor?)arguments[(int)place];
        DeformArguments tensors = new(
            At(DeformPlace.Input)!,
            At(DeformPlace.Weight)!,
            At(DeformPlace.Offset)!,
            At(DeformPlace.Mask),
            At(DeformPlace.Bias)
        );
        var (options, kernels) = ((DeformConv2dOptions)arguments[^2]!, (DeviceKernels)arguments[^1]!);
        context.save_for_backward([tensors.Input, tensors.Weight, tensors.Offset, tensors.Mask!]);
        context.save_data(OptionsKey, options);
        context.save_data(KernelsKey, kernels);
        return Compute(kernels, tensors, options);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    )
    {
        DeformArguments tensors = new(saved[0]!, saved[1]!, saved[2]!, saved[3], Bias: null);
        var options = (DeformConv2dOptions)context.get_data(OptionsKey);
        var kernels = (DeviceKernels)context.get_data(KernelsKey);
        return kernels.DeformConv2dGradients(
            DeformConv2dCheck.CallOf(tensors.Input, tensors.Weight, options),
            tensors,
            gradient,
            needs
        );
    }

    private static Tensor Full(DeviceKernels kernels, DeformArguments arguments, DeformConv2dOptions options)
    {
        (Tensor input, Tensor weight, Tensor offset, Tensor? mask, Tensor? bias) = arguments;
        return IsRecorded(input, weight, offset, mask, bias)
            ? Record(input, weight, offset, mask, bias, options, kernels)
            : Compute(kernels, arguments, options);
    }

    private static Tensor Compute(DeviceKernels kernels, DeformArguments arguments, DeformConv2dOptions options) =>
        kernels.DeformConv2d(DeformConv2dCheck.CallOf(arguments.Input, arguments.Weight, options), arguments);
}
