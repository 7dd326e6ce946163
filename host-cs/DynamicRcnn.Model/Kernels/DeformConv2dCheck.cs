namespace DynamicRcnn.Model.Kernels;

/// <summary>The sizes of a deformable convolution, and whether its arguments agree with them.</summary>
internal static class DeformConv2dCheck
{
    private const string Op = "deform_conv2d";

    /// <summary>Largest stride, dilation or padding: positions are 32-bit numbers.</summary>
    private const long MostStep = int.MaxValue;

    internal static DrcnnKernels.DeformConv2d CallOf(Tensor input, Tensor weight, DeformConv2dOptions options)
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
            KernelHeight = kernel[2],
            KernelWidth = kernel[3],
            StrideHeight = options.Stride.Rows,
            StrideWidth = options.Stride.Columns,
            PadHeight = options.Padding.Rows,
            PadWidth = options.Padding.Columns,
            DilationHeight = options.Dilation.Rows,
            DilationWidth = options.Dilation.Columns,
            Groups = options.Groups,
            OffsetGroups = options.OffsetGroups,
            Type = (int)input.dtype,
        };
    }

    internal static long[] OutputShape(in DrcnnKernels.DeformConv2d call) =>
        [
            call.Batch,
            call.Outputs,
            Side(call.Height, call.PadHeight, call.DilationHeight, call.KernelHeight, call.StrideHeight),
            Side(call.Width, call.PadWidth, call.DilationWidth, call.KernelWidth, call.StrideWidth),
        ];

    /// <exception cref="ArgumentException">An argument does not fit the others. What the kernel refuses itself is left to it.</exception>
    internal static void Check(DeviceKernels kernels, DeformArguments arguments, DeformConv2dOptions options)
    {
        (Tensor input, Tensor weight, Tensor offset, Tensor? mask, Tensor? bias) = arguments;
        Refusal.UnlessShape(TensorMemory.Sizes(input).Length == 4, $"{Op}: input", "[N, C, H, W]", input);
        Refusal.UnlessShape(
            TensorMemory.Sizes(weight).Length == 4,
            $"{Op}: weight",
            "[O, C/G, kernel_h, kernel_w]",
            weight
        );
        Refusal.UnlessType($"{Op}: input", input, kernels.Types);
        CheckSteps(options);
        DrcnnKernels.DeformConv2d call = CallOf(input, weight, options);
        Refusal.Unless(
            call.Channels > 0 && call.Channels % call.Groups == 0 && call.Channels % call.OffsetGroups == 0,
            $"{Op}: input's {call.Channels} channels",
            $"a multiple of groups ({call.Groups}) and of offset_groups ({call.OffsetGroups})",
            () => $"{call.Channels}"
        );
        Refusal.UnlessShape(
            TensorMemory.Sizes(weight) is [_, var inputs, > 0, > 0] && inputs == call.Channels / call.Groups,
            $"{Op}: weight",
            $"[{call.Outputs}, {call.Channels / call.Groups}, at least 1, at least 1]",
            weight
        );
        long[] output = OutputShape(call);
        if (output[2] == 0 || output[3] == 0)
            throw new ArgumentException(
                $"{Op}: input [{call.Height}, {call.Width}] with its padding is smaller than the kernel"
            );
        long taps = call.KernelHeight * call.KernelWidth;
        Like("weight", weight, input, weight.shape);
        Like("offset", offset, input, [call.Batch, 2 * call.OffsetGroups * taps, output[2], output[3]]);
        if (mask is not null)
            Like("mask", mask, input, [call.Batch, call.OffsetGroups * taps, output[2], output[3]]);
        if (bias is not null)
            Like("bias", bias, input, [call.Outputs]);
    }

    private static void CheckSteps(DeformConv2dOptions options)
    {
        Refusal.Unless(
            IsStep(options.Stride) && IsStep(options.Dilation),
            $"{Op}: strides and dilations",
            $"positive and at most {MostStep}",
            () => $"{options.Stride} and {options.Dilation}"
        );
        Refusal.Unless(
            options.Padding is { Rows: >= 0 and <= MostStep, Columns: >= 0 and <= MostStep },
            $"{Op}: paddings",
            $"from 0 to {MostStep}",
            () => $"{options.Padding}"
        );
        Refusal.Unless(
            options is { Groups: > 0, OffsetGroups: > 0 },
            $"{Op}: groups and offset_groups",
            "positive",
            () => $"{options.Groups} and {options.OffsetGroups}"
        );
    }

    private static bool IsStep((long Rows, long Columns) step) =>
        step is { Rows: > 0 and <= MostStep, Columns: > 0 and <= MostStep };

    private static void Like(string name, Tensor tensor, Tensor input, long[] shape)
    {
        Refusal.UnlessShape(
            TensorMemory.Sizes(tensor).SequenceEqual(shape),
            $"{Op}: {name}",
            $"[{string.Join(", ", shape)}]",
            tensor
        );
        Refusal.Unless(
            tensor.dtype == input.dtype,
            $"{Op}: {name}",
            $"of input's type {input.dtype}",
            () => $"{tensor.dtype}"
        );
        Refusal.UnlessBeside($"{Op}: {name}", tensor, input);
    }

    private static long Side(long side, long pad, long dilation, long kernel, long stride)
    {
        long room = side + 2 * pad - dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : room / stride + 1;
    }
}
