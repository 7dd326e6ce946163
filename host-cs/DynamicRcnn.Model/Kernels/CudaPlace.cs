namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// While it lives a tensor's GPU is the thread's current device, as a CUDA kernel needs it. For a tensor of the CPU, as in tests without a GPU,
/// nothing is done and there is no stream.
/// </summary>
internal readonly unsafe ref struct CudaPlace
{
    private readonly nint guard;

    internal CudaPlace(Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CUDA)
            return;
        int device = tensor.device_index;
        Check(
            LibtorchCudaAbi.aoti_torch_get_current_cuda_stream(device, out void* stream),
            "gives no stream of",
            device
        );
        Check(LibtorchCudaAbi.aoti_torch_create_cuda_guard(device, out guard), "cannot change to", device);
        Stream = stream;
    }

    /// <summary>The one that libtorch has current on the device.</summary>
    internal void* Stream { get; }

    public void Dispose()
    {
        if (guard != 0)
            _ = LibtorchCudaAbi.aoti_torch_delete_cuda_guard(guard);
    }

    private static void Check(int status, string what, int device)
    {
        if (status != 0) // libtorch 2.10 exports no function for the text
            throw new InvalidOperationException(
                $"libtorch {what} cuda:{device}; it wrote the reason to standard error"
            );
    }
}
