namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// Which of two ways a device takes: the host's, whose results are there when a call returns, or a GPU's, for which the host does not wait, with
/// channels last, images normalised on the device and libtorch's convolutions.
/// </summary>
internal static class DevicePath
{
    /// <summary>
    /// <c>DRCNN_GPU_STAND_IN</c>: the file of libdrcnn_kernels_shim.so, which runs the CUDA kernels' code on the CPU. With it a run on the CPU takes
    /// a GPU's way in everything else too, for tests; null: it does not.
    /// </summary>
    internal static string? StandIn { get; set; } = Environment.GetEnvironmentVariable("DRCNN_GPU_STAND_IN");

    internal static bool IsHost(DeviceType device) => device == DeviceType.CPU && StandIn is null;

    internal static bool IsHost(Tensor tensor) => IsHost(tensor.device_type);
}
