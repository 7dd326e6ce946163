namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// The kernels on a GPU's memory, in the order of libtorch's current stream; the host waits for none. A RoI whose image index is too large gives NaN.
/// </summary>
/// <param name="kernels">Tensors of the CPU may come only to the library that runs the kernels' bodies there.</param>
/// <param name="chunkBytes">Of a deformable convolution's columns that are in memory at a time; those of one image always are.</param>
internal sealed unsafe class CudaKernels(DrcnnCudaKernels kernels, long chunkBytes = CudaKernels.ChunkBytes)
    : DeviceKernels
{
    private const long ChunkBytes = 512L << 20;

    internal override ReadOnlySpan<ScalarType> Types =>
        [ScalarType.Float32, ScalarType.Float64, ScalarType.Float16, ScalarType.BFloat16];

    internal override bool IsHost => false;

    /// <param name="path">Of the library; null: there is none.</param>
    /// <param name="chunkBytes">As above.</param>
    /// <exception cref="LibtorchException">It cannot be used.</exception>
    internal static CudaKernels Open(string? path, long chunkBytes = ChunkBytes) =>
        new(new DrcnnCudaKernels(KernelLibrary.OpenCuda(path)), chunkBytes);

    internal override void RoIAlign(in DrcnnKernels.RoiAlign call, Tensor map, Tensor rois, Tensor pooled)
    {
        using CudaPlace place = new(map);
        kernels.Check(kernels.drcnn_cuda_roi_align_forward(call, At(map), At(rois), At(pooled), place.Stream));
        KeepAlive(map, rois, pooled);
    }

    internal override void RoIAlignGradient(in DrcnnKernels.RoiAlign call, Tensor gradient, Tensor rois, Tensor gradMap)
    {
        using CudaPlace place = new(gradient);
        using Tensor scratch = Scratch(kernels.drcnn_cuda_roi_align_backward_scratch(call), gradient);
        kernels.Check(
            kernels.drcnn_cuda_roi_align_backward(call, At(gradient), At(rois), At(gradMap), At(scratch), place.Stream)
        );
        KeepAlive(gradient, rois, gradMap);
    }

    internal override void NmsKeep(in DrcnnKernels.Nms call, Tensor boxes, Tensor order, Tensor? groups, Tensor keep)
    {
        using CudaPlace place = new(boxes);
        using Tensor scratch = Scratch(kernels.drcnn_cuda_nms_keep_scratch(call), boxes);
        kernels.Check(
            kernels.drcnn_cuda_nms_keep(call, At(boxes), At(order), At(groups), At(keep), At(scratch), place.Stream)
        );
        KeepAlive(boxes, order, groups, keep);
    }

    internal override void RandomKeys(Tensor imageIds, in KeyDraw draw, Tensor keys)
    {
        using CudaPlace place = new(imageIds);
        long images = TensorMemory.Sizes(imageIds)[0];
        var (seed, iteration, purpose, count) = draw;
        kernels.Check(
            kernels.drcnn_cuda_random_keys(
                At(imageIds),
                images,
                seed,
                At(iteration),
                purpose,
                count,
                At(keys),
                place.Stream
            )
        );
        KeepAlive(imageIds, iteration, keys);
    }

    internal override Tensor DeformConv2d(in DrcnnKernels.DeformConv2d call, DeformArguments arguments)
    {
        using CudaPlace place = new(arguments.Input);
        using IDisposable unrecorded = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        CudaDeformConv2d convolution = new(kernels, call, arguments, (nint)place.Stream, chunkBytes);
        return scope.MoveToOuter(convolution.Output());
    }

    internal override Tensor?[] DeformConv2dGradients(
        in DrcnnKernels.DeformConv2d call,
        DeformArguments arguments,
        Tensor gradient,
        bool[] needs
    )
    {
        using CudaPlace place = new(arguments.Input);
        using IDisposable unrecorded = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        CudaDeformConv2d convolution = new(kernels, call, arguments, (nint)place.Stream, chunkBytes);
        Tensor?[] gradients = convolution.Gradients(gradient, needs);
        foreach (Tensor? made in gradients)
            made?.MoveToOuterDisposeScope();
        return gradients;
    }

    /// <summary>Memory for one call, which the allocator may give away in the stream's order as soon as the call is made.</summary>
    private Tensor Scratch(long bytes, Tensor beside) =>
        torch.empty([kernels.Checked(bytes)], ScalarType.Byte, beside.device);
}
