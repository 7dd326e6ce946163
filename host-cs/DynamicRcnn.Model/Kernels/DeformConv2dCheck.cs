namespace DynamicRcnn.Model.Kernels;

/// <summary>The sizes of a deformable convolution, and whether its arguments agree with them.</summary>
internal static class DeformConv2dCheck
{
    private const string Op = "deform_conv2d";

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
    internal static void Check(
        Tensor input,
        Tensor weight,
        Tensor offset,
        Tensor? mask,
        Tensor? bias,
        DeformConv2dOptions options
    )
    {
        Refusal.UnlessShape(TensorMemory.Sizes(input).Length == 4, $"{Op}: input", "[N, C, H, W]", input);
        Refusal.UnlessType($"{Op}: input", input, ScalarType.Float32, ScalarType.Float64);
        Refusal.UnlessOnCpu($"{Op}: input", input);
        Refusal.UnlessShape(
            TensorMemory.Sizes(weight).Length == 4,
            $"{Op}: weight",
            "[O, C/G, kernel_h, kernel_w]",
            weight
        );
        Refusal.Unless(
            options.Stride is { Rows: > 0, Columns: > 0 } && options.Dilation is { Rows: > 0, Columns: > 0 },
            $"{Op}: strides and dilations",
            "positive",
            () => $"{options.Stride} and {options.Dilation}"
        );
        Refusal.Unless(
            options is { Groups: > 0, OffsetGroups: > 0 },
            $"{Op}: groups and offset_groups",
            "positive",
            () => $"{options.Groups} and {options.OffsetGroups}"
        );
        DrcnnKernels.DeformConv2d call = CallOf(input, weight, options);
        long[] output = OutputShape(call);
        long taps = call.KernelHeight * call.KernelWidth;
        Like("weight", weight, input, [call.Outputs, call.Channels / call.Groups, call.KernelHeight, call.KernelWidth]);
        Like("offset", offset, input, [call.Batch, 2 * call.OffsetGroups * taps, output[2], output[3]]);
        if (mask is not null)
            Like("mask", mask, input, [call.Batch, call.OffsetGroups * taps, output[2], output[3]]);
        if (bias is not null)
            Like("bias", bias, input, [call.Outputs]);
    }

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
        Refusal.UnlessOnCpu($"{Op}: {name}", tensor);
    }

    private static long Side(long side, long pad, long dilation, long kernel, long stride)
    {
        long room = side + 2 * pad - dilation * (kernel - 1) - 1;
        return room < 0 ? 0 : room / stride + 1;
    }
}
