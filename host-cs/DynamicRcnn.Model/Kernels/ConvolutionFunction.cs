namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C input channels, O output channels.

/// <summary>What is no tensor among a convolution's arguments.</summary>
internal sealed record ConvolutionOptions(long Stride, bool Relu);

/// <summary>
/// A convolution of float32 or bfloat16 on the CPU, padded by half its kernel, with what follows it, by our kernels; its place in autograd.
/// Memory is [N, C, H, W] whatever the map's was. Weight, scale, bias and their gradients are float32: the kernels of bfloat16 round them.
/// </summary>
internal sealed unsafe class ConvolutionFunction : GuardedFunction<ConvolutionFunction>
{
    private const string OptionsKey = "options";

    private enum Place
    {
        Input,
        Weight,
        Bias,
        Residual,
    }

    /// <summary>Whether a convolution is one of ours.</summary>
    internal static bool IsOurs(Tensor input, Tensor weight) =>
        input.dtype == ScalarType.Float32 && DevicePath.IsHost(input) || RoundsWeight(input, weight);

    /// <summary>Whether it is one that takes the weight as it is, though the map is of another type.</summary>
    internal static bool RoundsWeight(Tensor input, Tensor weight) =>
        input.dtype == ScalarType.BFloat16 && weight.dtype == ScalarType.Float32 && DevicePath.IsHost(input);

    internal static Tensor Call(
        Tensor input,
        Tensor weight,
        Tensor? scale,
        Tensor? bias,
        Tensor? residual,
        ConvolutionOptions options
    )
    {
        Check(input, weight, scale, bias, residual, options);
        if (!IsRecorded(input, weight, scale, bias, residual))
            return Compute(input, weight, scale, bias, residual, options);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor scaled = scale is null ? weight : weight * scale.view(-1, 1, 1, 1);
        return scope.MoveToOuter(Record(input, scaled, bias, residual, options));
    }

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var (input, weight) = ((Tensor)arguments[(int)Place.Input]!, (Tensor)arguments[(int)Place.Weight]!);
        var (bias, residual) = ((Tensor?)arguments[(int)Place.Bias], (Tensor?)arguments[(int)Place.Residual]);
        var options = (ConvolutionOptions)arguments[^1]!;
        Tensor output = Compute(input, weight, scale: null, bias, residual, options);
        context.save_for_backward([input, weight, options.Relu ? output : null!]);
        context.save_data(OptionsKey, options);
        return output;
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
        DrcnnKernels.Convolution call = CallOf(input, weight, (ConvolutionOptions)context.get_data(OptionsKey));
        Tensor sums = Dense(gradient, input.dtype);
        if (saved[2] is { } output)
            sums = BeforeRelu(call, sums, Dense(output, input.dtype));
        var gradients = new Tensor?[needs.Length];
        if (needs[(int)Place.Input])
        {
            Tensor made = gradients[(int)Place.Input] = torch.empty_like(input);
            DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_input_gradient(call, At(sums), At(weight), At(made)));
        }
        if (needs[(int)Place.Weight])
        {
            Tensor made = gradients[(int)Place.Weight] = torch.empty_like(weight);
            DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_weight_gradient(call, At(input), At(sums), At(made)));
        }
        if (needs[(int)Place.Bias])
        {
            Tensor made = gradients[(int)Place.Bias] = torch.empty([call.Outputs], ScalarType.Float32);
            DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_bias_gradient(call, At(sums), At(made)));
        }
        if (needs[(int)Place.Residual])
            gradients[(int)Place.Residual] = sums.detach(); // libtorch may keep it: an object of its own
        GC.KeepAlive(sums);
        GC.KeepAlive(input);
        GC.KeepAlive(weight);
        return gradients;
    }

    private static Tensor BeforeRelu(in DrcnnKernels.Convolution call, Tensor gradient, Tensor output)
    {
        Tensor sums = torch.empty_like(gradient);
        DrcnnKernels.Check(DrcnnKernels.drcnn_convolution_relu_gradient(call, At(gradient), At(output), At(sums)));
        GC.KeepAlive(gradient);
        GC.KeepAlive(output);
        return sums;
    }

    private static Tensor Compute(
        Tensor input,
        Tensor weight,
        Tensor? scale,
        Tensor? bias,
        Tensor? residual,
        ConvolutionOptions options
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (input, weight) = (Dense(input, input.dtype), Dense(weight));
        scale = scale is null ? null : Dense(scale);
        bias = bias is null ? null : Dense(bias);
        residual = residual is null ? null : Dense(residual, input.dtype);
        DrcnnKernels.Convolution call = CallOf(input, weight, options);
        Tensor output = torch.empty(OutputShape(call), input.dtype);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_convolution_forward(
                call,
                At(input),
                At(weight),
                At(scale),
                At(bias),
                At(residual),
                At(output)
            )
        );
        foreach (Tensor? used in new[] { input, weight, scale, bias, residual })
            GC.KeepAlive(used);
        return scope.MoveToOuter(output);
    }

    private static void* At(Tensor? tensor) => TensorMemory.Of(tensor);

    private static Tensor Dense(Tensor tensor, ScalarType type = ScalarType.Float32) =>
        TensorMemory.Dense(tensor, type);

    private static long[] OutputShape(in DrcnnKernels.Convolution call) =>
        [call.Batch, call.Outputs, Side(call.Height, call.Stride), Side(call.Width, call.Stride)];

    private static long Side(long side, long stride) => (side + stride - 1) / stride;

    private static DrcnnKernels.Convolution CallOf(Tensor input, Tensor weight, ConvolutionOptions options)
    {
        ReadOnlySpan<long> map = TensorMemory.Sizes(input);
        ReadOnlySpan<long> kernel = TensorMemory.Sizes(weight);
        return new()
        {
            Batch = map[0],
            Channels = map[1],
            Outputs = kernel[0],
            Height = map[2],
            Width = map[3],
            Kernel = kernel[2],
            Stride = options.Stride,
            Type = (int)input.dtype,
            Relu = options.Relu ? 1 : 0,
        };
    }

    private static void Check(
        Tensor input,
        Tensor weight,
        Tensor? scale,
        Tensor? bias,
        Tensor? residual,
        ConvolutionOptions options
    )
    {
        const string op = "convolution";
        ReadOnlySpan<long> map = TensorMemory.Sizes(input);
        Refusal.UnlessShape(map.Length == 4, $"{op}: input", "[N, C, H, W]", input);
        long channels = map[1];
        Refusal.UnlessShape(
            TensorMemory.Sizes(weight) is [_, var inputs, var rows, var columns]
                && inputs == channels
                && rows == columns
                && rows % 2 == 1,
            $"{op}: weight",
            $"[O, {channels}, k, k] with odd k",
            weight
        );
        Refusal.Unless(options.Stride > 0, $"{op}: stride", "positive", () => $"{options.Stride}");
        DrcnnKernels.Convolution call = CallOf(input, weight, options);
        CheckOther($"{op}: scale", scale, [call.Outputs]);
        CheckOther($"{op}: bias", bias, [call.Outputs]);
        CheckOther($"{op}: residual", residual, OutputShape(call));
        foreach (
            (string name, Tensor? tensor) in new[]
            {
                ("weight", weight),
                ("scale", scale),
                ("bias", bias),
                (nameof(residual), residual),
            }
        )
        {
            if (tensor is null)
                continue;
            Refusal.UnlessType($"{op}: {name}", tensor, name == nameof(residual) ? input.dtype : ScalarType.Float32);
            Refusal.UnlessBeside($"{op}: {name}", tensor, input);
        }
    }

    private static void CheckOther(string name, Tensor? tensor, ReadOnlySpan<long> shape)
    {
        if (tensor is not null && !TensorMemory.Sizes(tensor).SequenceEqual(shape))
            Refusal.UnlessShape(false, name, $"[{string.Join(", ", shape.ToArray())}]", tensor);
    }
}
