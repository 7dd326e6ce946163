namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C channels, R RoIs.

/// <summary>What is no tensor among RoIAlign's arguments.</summary>
internal sealed record RoIAlignOptions(double Scale, long Height, long Width, long SamplingRatio, bool Aligned);

/// <summary>RoIAlign on a CPU's memory, and its place in autograd.</summary>
internal sealed unsafe class RoIAlignFunction : GuardedFunction<RoIAlignFunction>
{
    private const string Op = "roi_align";
    private const long MostBins = 1024;
    private const string ShapeKey = "shape";
    private const string OptionsKey = "options";

    internal static Tensor Call(Tensor input, Tensor rois, RoIAlignOptions options)
    {
        Check(input, rois);
        Refusal.Unless(
            options.Height is > 0 and <= MostBins && options.Width is > 0 and <= MostBins,
            $"{Op}: pooled_height and pooled_width",
            $"positive and at most {MostBins}",
            () => $"{options.Height} and {options.Width}"
        );
        return IsRecorded(input) ? Record(input, rois, options) : Pool(input, rois, options);
    }

    /// <summary>Into rows that are there; padding rows leave theirs as they are. Not recorded.</summary>
    internal static void Into(Tensor pooled, Tensor input, Tensor rois, RoIAlignOptions options)
    {
        Check(input, rois);
        long[] expected = [rois.shape[0], input.shape[1], options.Height, options.Width];
        Refusal.UnlessShape(
            TensorMemory.Sizes(pooled).SequenceEqual(expected) && pooled.is_contiguous() && pooled.dtype == input.dtype,
            $"{Op}: pooled",
            $"[{string.Join(", ", expected)}] of input's type, row after row",
            pooled
        );
        Pool(pooled, input, rois, options, keepsPadding: true);
    }

    protected override Tensor Result(torch.autograd.AutogradContext context, object?[] arguments)
    {
        var (input, rois, options) = ((Tensor)arguments[0]!, (Tensor)arguments[1]!, (RoIAlignOptions)arguments[2]!);
        context.save_for_backward([rois]);
        context.save_data(ShapeKey, input.shape);
        context.save_data(OptionsKey, options);
        return Pool(input, rois, options);
    }

    protected override Tensor?[] Gradients(
        torch.autograd.AutogradContext context,
        IReadOnlyList<Tensor?> saved,
        Tensor gradient,
        bool[] needs
    ) =>
        [
            Spread(
                gradient,
                saved[0]!,
                (long[])context.get_data(ShapeKey),
                (RoIAlignOptions)context.get_data(OptionsKey)
            ),
            null,
            null,
        ];

    private static Tensor Pool(Tensor input, Tensor rois, RoIAlignOptions options)
    {
        ReadOnlySpan<long> shape = TensorMemory.Sizes(input);
        long rows = TensorMemory.Sizes(rois)[0];
        Tensor pooled = torch.empty([rows, shape[1], options.Height, options.Width], input.dtype);
        Pool(pooled, input, rois, options, keepsPadding: false);
        return pooled;
    }

    private static void Pool(Tensor pooled, Tensor input, Tensor rois, RoIAlignOptions options, bool keepsPadding)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        bool channelsLast = !input.is_contiguous() && TensorMemory.IsChannelsLast(input);
        Tensor map = channelsLast ? input : TensorMemory.Dense(input, input.dtype);
        Tensor rows = TensorMemory.Dense(rois, RowsType(input));
        DrcnnKernels.RoiAlign call = CallOf(input.shape, rows, input.dtype, options);
        call.ChannelsLast = channelsLast ? 1 : 0;
        call.KeepPadding = keepsPadding ? 1 : 0;
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_roi_align_forward(
                call,
                TensorMemory.Of(map),
                TensorMemory.Of(rows),
                TensorMemory.Of(pooled)
            )
        );
        GC.KeepAlive(map);
        GC.KeepAlive(rows);
        GC.KeepAlive(pooled);
    }

    private static Tensor Spread(Tensor gradient, Tensor rois, long[] shape, RoIAlignOptions options)
    {
        Tensor dense = TensorMemory.Dense(gradient, gradient.dtype);
        Tensor rows = TensorMemory.Dense(rois, RowsType(gradient));
        Tensor map = torch.empty(shape, gradient.dtype);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_roi_align_backward(
                CallOf(shape, rows, gradient.dtype, options),
                TensorMemory.Of(dense),
                TensorMemory.Of(rows),
                TensorMemory.Of(map)
            )
        );
        GC.KeepAlive(dense);
        GC.KeepAlive(rows);
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

    private static void Check(Tensor input, Tensor rois)
    {
        Refusal.UnlessShape(TensorMemory.Sizes(input).Length == 4, $"{Op}: input", "[N, C, H, W]", input);
        Refusal.UnlessShape(TensorMemory.Sizes(rois) is [_, 5], $"{Op}: rois", "[R, 5]", rois);
        Refusal.UnlessType($"{Op}: input", input, ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16);
        Refusal.UnlessType($"{Op}: rois", rois, ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16);
        Refusal.UnlessOnCpu($"{Op}: input", input);
        Refusal.UnlessOnCpu($"{Op}: rois", rois);
    }
}
