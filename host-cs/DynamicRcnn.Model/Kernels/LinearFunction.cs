namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// A linear layer of float32 or bfloat16 on the CPU, y [R, O] = x [R, I] W^T + b, by the products of our convolutions; its place in autograd.
/// Weight, bias and their gradients are float32: the kernels of bfloat16 round them.
/// </summary>
internal sealed unsafe class LinearFunction : GuardedFunction<LinearFunction>
{
    /// <summary>The kernels take no longer rows.</summary>
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
        if (!DevicePath.IsHost(input) || input.dtype is not (ScalarType.Float32 or ScalarType.BFloat16))
            return false;
        if (!IsPlain(weight) || bias is not null && !IsPlain(bias))
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
        Tensor input = Dense(saved[0]!, saved[0]!.dtype);
        Tensor weight = Dense(saved[1]!);
        Tensor sums = Dense(gradient, input.dtype);
        DrcnnKernels.Linear call = CallOf(input, weight);
        var gradients = new Tensor?[needs.Length];
        if (needs[(int)Place.Input])
        {
            Tensor made = gradients[(int)Place.Input] = torch.empty_like(input);
            DrcnnKernels.Check(DrcnnKernels.drcnn_linear_input_gradient(call, At(sums), At(weight), At(made)));
        }
        if (needs[(int)Place.Weight])
        {
            Tensor made = gradients[(int)Place.Weight] = torch.empty_like(weight);
            DrcnnKernels.Check(DrcnnKernels.drcnn_linear_weight_gradient(call, At(input), At(sums), At(made)));
        }
        if (needs[(int)Place.Bias])
            gradients[(int)Place.Bias] = sums.sum(dim: 0, type: ScalarType.Float32);
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(sums);
        return gradients;
    }

    private static Tensor Compute(Tensor input, Tensor weight, Tensor? bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (input, weight) = (Dense(input, input.dtype), Dense(weight));
        bias = bias is null ? null : Dense(bias);
        DrcnnKernels.Linear call = CallOf(input, weight);
        Tensor output = torch.empty([call.Rows, call.Outputs], input.dtype);
        DrcnnKernels.Check(DrcnnKernels.drcnn_linear_forward(call, At(input), At(weight), At(bias), At(output)));
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        GC.KeepAlive(bias);
        return scope.MoveToOuter(output);
    }

    private static DrcnnKernels.Linear CallOf(Tensor input, Tensor weight) =>
        new()
        {
            Rows = TensorMemory.Sizes(input)[0],
            Inputs = TensorMemory.Sizes(weight)[1],
            Outputs = TensorMemory.Sizes(weight)[0],
            Type = (int)input.dtype,
        };

    private static bool IsPlain(Tensor tensor) => tensor.dtype == ScalarType.Float32 && DevicePath.IsHost(tensor);

    private static void* At(Tensor? tensor) => TensorMemory.Of(tensor);

    private static Tensor Dense(Tensor tensor, ScalarType type = ScalarType.Float32) =>
        TensorMemory.Dense(tensor, type);
}
