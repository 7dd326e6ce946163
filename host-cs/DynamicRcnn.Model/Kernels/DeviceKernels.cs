namespace DynamicRcnn.Model.Kernels;

// Letters: N images, C channels, R RoIs, B boxes.

/// <summary>
/// Our operators' kernels on one kind of device. Arguments have been checked and lie densely in its memory, if nothing else is said; nothing is
/// recorded.
/// </summary>
internal abstract class DeviceKernels
{
    private static readonly CpuKernels cpu = new();

    private static readonly Lazy<CudaKernels> cuda = new(() =>
        CudaKernels.Open(DevicePath.StandIn ?? NativeFiles.Find(KernelLibrary.CudaFile))
    );

    /// <summary>Of the numbers in a map, boxes or RoIs.</summary>
    internal abstract ReadOnlySpan<ScalarType> Types { get; }

    /// <summary>Whether results are there when a call returns, in the host's memory.</summary>
    internal abstract bool IsHost { get; }

    /// <summary>Those of the device where an operator's first argument lies: the one place that chooses.</summary>
    /// <exception cref="LibtorchException">Those for CUDA cannot be loaded.</exception>
    internal static DeviceKernels Of(string op, Tensor tensor) =>
        tensor.device_type switch
        {
            DeviceType.CPU => DevicePath.StandIn is null ? cpu : cuda.Value,
            DeviceType.CUDA => cuda.Value,
            _ => throw new ArgumentException($"{op} runs on the CPU and on CUDA devices, got {tensor.device}"),
        };

    /// <param name="call">The sizes and options.</param>
    /// <param name="map">[N, C, H, W], in the layout that the call says.</param>
    /// <param name="rois">[R, 5].</param>
    /// <param name="pooled">[R, C, rows, columns], written.</param>
    internal abstract void RoIAlign(in DrcnnKernels.RoiAlign call, Tensor map, Tensor rois, Tensor pooled);

    /// <param name="call">The sizes and options.</param>
    /// <param name="gradient">[R, C, rows, columns].</param>
    /// <param name="rois">[R, 5].</param>
    /// <param name="gradMap">[N, C, H, W], written; in the layout that the call says, on a CPU never channels-last.</param>
    internal abstract void RoIAlignGradient(
        in DrcnnKernels.RoiAlign call,
        Tensor gradient,
        Tensor rois,
        Tensor gradMap
    );

    /// <param name="call">The sizes and the rule.</param>
    /// <param name="boxes">[B, 4] float32 or float64.</param>
    /// <param name="order">int64 [places]: rows by group, then by descending score.</param>
    /// <param name="groups">int64 [places]; null: one group.</param>
    /// <param name="keep">bool [B], written.</param>
    internal abstract void NmsKeep(in DrcnnKernels.Nms call, Tensor boxes, Tensor order, Tensor? groups, Tensor keep);

    /// <param name="imageIds">int64 [N].</param>
    /// <param name="draw">What the keys are drawn from.</param>
    /// <param name="keys">int64 [N, count], written.</param>
    internal abstract void RandomKeys(Tensor imageIds, in KeyDraw draw, Tensor keys);

    /// <param name="call">The sizes and options.</param>
    /// <param name="arguments">Of the call's type, in any layout.</param>
    /// <returns>[N, O, H', W'].</returns>
    internal abstract Tensor DeformConv2d(in DrcnnKernels.DeformConv2d call, DeformArguments arguments);

    /// <param name="call">The sizes and options.</param>
    /// <param name="arguments">The forward's, without the bias.</param>
    /// <param name="gradient">[N, O, H', W'], in any layout.</param>
    /// <param name="needs">Of which arguments a gradient is asked for, by <see cref="DeformPlace"/>.</param>
    /// <returns>By <see cref="DeformPlace"/>; null where none was asked for.</returns>
    internal abstract Tensor?[] DeformConv2dGradients(
        in DrcnnKernels.DeformConv2d call,
        DeformArguments arguments,
        Tensor gradient,
        bool[] needs
    );

    private protected static unsafe void* At(Tensor? tensor) => TensorMemory.Of(tensor);

    /// <summary>Until here the tensors' memory is there.</summary>
    private protected static void KeepAlive(params ReadOnlySpan<Tensor?> tensors)
    {
        foreach (Tensor? tensor in tensors)
            GC.KeepAlive(tensor);
    }
}
