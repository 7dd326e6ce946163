namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C input channels, O output channels, K taps, G groups, D offset groups.

/// <summary>What is no tensor among a deformable convolution's arguments; pairs are (rows, columns).</summary>
internal sealed record DeformConv2dOptions(
    (long Rows, long Columns) Stride,
    (long Rows, long Columns) Padding,
    (long Rows, long Columns) Dilation,
    long Groups,
    long OffsetGroups
);

/// <summary>A modulated deformable convolution on a CPU's memory, in float32 or float64, and its place in autograd.</summary>
internal sealed unsafe class DeformConv2dFunction : GuardedFunction<DeformConv2dFunction>
{
    private const string OptionsKey = "options";

    private enum Place
    {
        Input,
        Weight,
        Offset,
        Mask,
        Bias,
    }

    /// <summary>Of arguments that have been checked.</summary>
    internal static Tensor Call(
        Tensor input,
        Tensor weight,
        Tensor offset,
        Tensor? mask,
        Tensor? bias,
        DeformConv2dOptions options
    ) =>
        IsRecorded(input, weight, offset, mask, bias)
            ? Record(input, weight, offset, mask, bias, options)
            : Compute(input, weight, offset, mask, bias, options);

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var tensors = Array.ConvertAll(arguments[..^1], argument => (Tensor?)argument);
        var options = (DeformConv2dOptions)arguments[^1]!;
        context.save_for_backward([.. tensors[..(int)Place.Bias]!]);
        context.save_data(OptionsKey, options);
        return Compute(tensors[0]!, tensors[1]!, tensors[2]!, tensors[3], tensors[4], options);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    )
    {
        Tensor?[] dense = [.. saved.Select(Dense)];
        (Tensor input, Tensor weight) = (dense[(int)Place.Input]!, dense[(int)Place.Weight]!);
        Tensor sums = Dense(gradient)!;
        DrcnnKernels.DeformConv2d call = DeformConv2dCheck.CallOf(
            input,
            weight,
            (DeformConv2dOptions)context.get_data(OptionsKey)
        );
        var gradients = new Tensor?[needs.Length];
        for (int place = 0; place < dense.Length; place++)
            gradients[place] = needs[place] ? torch.empty_like(dense[place]!) : null;
        if (needs[(int)Place.Bias])
            gradients[(int)Place.Bias] = torch.empty([call.Outputs], gradient.dtype);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_deform_conv2d_backward(
                call,
                At(sums),
                At(input),
                At(weight),
                At(dense[(int)Place.Offset]),
                At(dense[(int)Place.Mask]),
                At(gradients[(int)Place.Input]),
                At(gradients[(int)Place.Weight]),
                At(gradients[(int)Place.Offset]),
                At(gradients[(int)Place.Mask]),
                At(gradients[(int)Place.Bias])
            )
        );
        GC.KeepAlive(dense);
        GC.KeepAlive(sums);
        return gradients;
    }

    private static Tensor Compute(
        Tensor input,
        Tensor weight,
        Tensor offset,
        Tensor? mask,
        Tensor? bias,
        DeformConv2dOptions options
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor?[] dense = [Dense(input), Dense(weight), Dense(offset), Dense(mask), Dense(bias)];
        DrcnnKernels.DeformConv2d call = DeformConv2dCheck.CallOf(input, weight, options);
        Tensor output = torch.empty(DeformConv2dCheck.OutputShape(call), input.dtype);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_deform_conv2d_forward(
                call,
                At(dense[(int)Place.Input]),
                At(dense[(int)Place.Weight]),
                At(dense[(int)Place.Offset]),
                At(dense[(int)Place.Mask]),
                At(dense[(int)Place.Bias]),
                At(output)
            )
        );
        GC.KeepAlive(dense);
        return scope.MoveToOuter(output);
    }

    private static void* At(Tensor? tensor) => TensorMemory.Of(tensor);

    private static Tensor? Dense(Tensor? tensor) => tensor is null ? null : TensorMemory.Dense(tensor, tensor.dtype);
}
