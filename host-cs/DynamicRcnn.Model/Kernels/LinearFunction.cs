namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// A float32 linear layer on the CPU, y [R, O] = x [R, I] W^T + b, by the product of our convolutions. It is a convolution's sum in another
/// place: with R outputs, O channels and I pixels, y is what the weights' gradient is to a convolution, x's gradient what its outputs are
/// and W's gradient what its input's gradient is.
/// </summary>
internal sealed unsafe class LinearFunction : GuardedFunction<LinearFunction>
{
    /// <summary>Longer rows are no map that the convolutions take.</summary>
    private const long MostInputs = (1L << 20) - 1;

    private enum Place
    {
        Input,
        Weight,
        Bias,
    }

    /// <summary>Whether a layer is one of ours; what is wrong with others libtorch says.</summary>
    internal static bool IsOurs(Tensor input, Tensor weight, Tensor? bias)
    {
        if (!IsPlain(input) || !IsPlain(weight) || bias is not null && !IsPlain(bias))
            return false;
        return TensorMemory.Sizes(input) is [_, var inputs and > 0 and <= MostInputs]
            && TensorMemory.Sizes(weight) is [var outputs and > 0, var columns]
            && columns == inputs
            && (bias is null || TensorMemory.Sizes(bias) is [var shifts] && shifts == outputs);
    }

    internal static Tensor Call(Tensor input, Tensor weight, Tensor? bias) =>
        IsRecorded(input, weight, bias) ? Record(input, weight, bias) : Compute(input, weight, bias);

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var (input, weight) = ((Tensor)arguments[(int)Place.Input]!, (Tensor)arguments[(int)Place.Weight]!);
        context.save_for_backward([input, weight]);
        return Compute(input, weight, (Tensor?)arguments[(int)Place.Bias]);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    )
    {
        var (input, weight, sums) = (Dense(saved[0]!), Dense(saved[1]!), Dense(gradient));
        DrcnnKernels.Convolution call = CallOf(input, weight);
        var gradients = new Tensor?[needs.Length];
        if (needs[(int)Place.Input])
        {
            Tensor made = gradients[(int)Place.Input] = torch.empty_like(input);
            DrcnnKernels.Check(
                DrcnnKernels.drcnn_convolution_forward(call, At(weight), At(sums), null, null, null, At(made))
            );
        }
        if (needs[(int)Place.Weight])
        {
            Tensor made = gradients[(int)Place.Weight] = torch.empty_like(weight);
            DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_input_gradient(call, At(input), At(sums), At(made)));
        }
        if (needs[(int)Place.Bias])
            gradients[(int)Place.Bias] = sums.sum(dim: 0);
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(sums);
        return gradients;
    }

    private static Tensor Compute(Tensor input, Tensor weight, Tensor? bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (input, weight) = (Dense(input), Dense(weight));
        DrcnnKernels.Convolution call = CallOf(input, weight);
        Tensor output = torch.empty([call.Outputs, call.Channels], ScalarType.Float32);
        DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_weight_gradient(call, At(weight), At(input), At(output)));
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        if (bias is not null)
        {
            using IDisposable unrecorded = torch.no_grad();
            output.add_(bias);
        }
        return scope.MoveToOuter(output);
    }

    private static DrcnnKernels.Convolution CallOf(Tensor input, Tensor weight)
    {
        ReadOnlySpan<long> rows = TensorMemory.Sizes(input);
        return new()
        {
            Batch = 1,
            Channels = TensorMemory.Sizes(weight)[0],
            Outputs = rows[0],
            Height = 1,
            Width = rows[1],
            Kernel = 1,
            Stride = 1,
            Type = (int)ScalarType.Float32,
        };
    }

    private static bool IsPlain(Tensor tensor) => tensor.dtype == ScalarType.Float32 && DevicePath.IsHost(tensor);

    private static void* At(Tensor tensor) => TensorMemory.Of(tensor);

    private static Tensor Dense(Tensor tensor) => TensorMemory.Dense(tensor, ScalarType.Float32);
}
