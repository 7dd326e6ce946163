namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C channels, R RoIs.

/// <summary>What is no tensor among RoIAlign's arguments.</summary>
internal sealed record RoIAlignOptions(double Scale, long Height, long Width, long SamplingRatio, bool Aligned);

/// <summary>RoIAlign, and its place in autograd.</summary>
internal sealed class RoIAlignFunction : GuardedFunction<RoIAlignFunction>
{
    private const string Op = "roi_align";
    private const long MostBins = 1024;
    private const string SavedKey = "saved";

    /// <summary>What backward needs beside tensors.</summary>
    private sealed record Saved(DeviceKernels Kernels, long[] Shape, bool ChannelsLast, RoIAlignOptions Options);

    internal static Tensor Call(DeviceKernels kernels, Tensor input, Tensor rois, RoIAlignOptions options)
    {
        Check(kernels, input, rois);
        Refusal.Unless(
            options.Height is > 0 and <= MostBins && options.Width is > 0 and <= MostBins,
            $"{Op}: pooled_height and pooled_width",
            $"positive and at most {MostBins}",
            () => $"{options.Height} and {options.Width}"
        );
        return IsRecorded(input) ? Record(input, rois, options, kernels) : Pool(kernels, input, rois, options);
    }

    /// <summary>Into rows that are there; padding rows leave theirs as they are. Not recorded.</summary>
    internal static void Into(DeviceKernels kernels, Tensor pooled, Tensor input, Tensor rois, RoIAlignOptions options)
    {
        Check(kernels, input, rois);
        long[] expected = [rois.shape[0], input.shape[1], options.Height, options.Width];
        Refusal.UnlessShape(
            TensorMemory.Sizes(pooled).SequenceEqual(expected) && pooled.is_contiguous() && pooled.dtype == input.dtype,
            $"{Op}: pooled",
            $"[{string.Join(", ", expected)}] of input's type, row after row",
            pooled
        );
        Refusal.UnlessBeside($"{Op}: pooled", pooled, input);
        Pool(kernels, pooled, input, rois, options, keepsPadding: true);
    }

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var (input, rois) = ((Tensor)arguments[0]!, (Tensor)arguments[1]!);
        var (options, kernels) = ((RoIAlignOptions)arguments[2]!, (DeviceKernels)arguments[3]!);
        bool channelsLast = !kernels.IsHost && TensorMemory.IsChannelsLast(input); // a CPU's gradient never is
        context.save_for_backward([rois]);
        context.save_data(SavedKey, new Saved(kernels, input.shape, channelsLast, options));
        return Pool(kernels, input, rois, options);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    ) => [Spread(gradient, saved[0]!, (Saved)context.get_data(SavedKey)), null, null, null];

    private static Tensor Pool(DeviceKernels kernels, Tensor input, Tensor rois, RoIAlignOptions options)
    {
        ReadOnlySpan<long> shape = TensorMemory.Sizes(input);
        long rows = TensorMemory.Sizes(rois)[0];
        Tensor pooled = torch.empty([rows, shape[1], options.Height, options.Width], input.dtype, input.device);
        Pool(kernels, pooled, input, rois, options, keepsPadding: false);
        return pooled;
    }

    private static void Pool(
        DeviceKernels kernels,
        Tensor pooled,
        Tensor input,
        Tensor rois,
        RoIAlignOptions options,
        bool keepsPadding
    )
    {
        using DisposeScope scope = torch.NewDisposeScope();
        bool channelsLast = TensorMemory.IsChannelsLast(input);
        Tensor map = channelsLast ? input : TensorMemory.Dense(input, input.dtype);
        Tensor rows = TensorMemory.Dense(rois, RowsType(input));
        DrcnnKernels.RoiAlign call = CallOf(input.shape, rows, input.dtype, options);
        call.ChannelsLast = channelsLast ? 1 : 0;
        call.KeepPadding = keepsPadding ? 1 : 0;
        kernels.RoIAlign(call, map, rows, pooled);
    }

    private static Tensor Spread(Tensor gradient, Tensor rois, Saved saved)
    {
        Tensor dense = TensorMemory.Dense(gradient, gradient.dtype);
        Tensor rows = TensorMemory.Dense(rois, RowsType(gradient));
        long[] shape = saved.Shape;
        Tensor map = saved.ChannelsLast
            ? torch.empty([shape[0], shape[2], shape[3], shape[1]], gradient.dtype, gradient.device).permute(0, 3, 1, 2)
            : torch.empty(shape, gradient.dtype, gradient.device);
        DrcnnKernels.RoiAlign call = CallOf(shape, rows, gradient.dtype, saved.Options);
        call.ChannelsLast = saved.ChannelsLast ? 1 : 0;
        saved.Kernels.RoIAlignGradient(call, dense, rows, map);
        return map;
    }

    /// <summary>Coordinates do not fit the type of a map of half precision.</summary>
    private static ScalarType RowsType(Tensor map) =>
        map.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static DrcnnKernels.RoiAlign CallOf(long[] map, Tensor rois, ScalarType type, RoIAlignOptions options) =>
        new()
        {
            Batch = map[0],
            Channels = map[1],
            Height = map[2],
            Width = map[3],
            Rois = TensorMemory.Sizes(rois)[0],
            PooledHeight = options.Height,
            PooledWidth = options.Width,
            SamplingRatio = options.SamplingRatio,
            SpatialScale = options.Scale,
            Type = (int)type,
            Aligned = options.Aligned ? 1 : 0,
        };

    private static void Check(DeviceKernels kernels, Tensor input, Tensor rois)
    {
        Refusal.UnlessShape(TensorMemory.Sizes(input).Length == 4, $"{Op}: input", "[N, C, H, W]", input);
        Refusal.UnlessShape(TensorMemory.Sizes(rois) is [_, 5], $"{Op}: rois", "[R, 5]", rois);
        Refusal.UnlessType($"{Op}: input", input, kernels.Types);
        Refusal.UnlessType($"{Op}: rois", rois, kernels.Types);
        Refusal.UnlessBeside($"{Op}: rois", rois, input);
    }
}
