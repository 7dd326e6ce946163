using System.Runtime.InteropServices;

namespace DynamicRcnn.Training;

/// <summary>What the driver tells GPUs apart by, on all machines.</summary>
internal static unsafe class GpuIdentity
{
    /// <summary>Bytes of an identity.</summary>
    internal const int Length = 16;

    private const string Driver = "libcuda.so.1";

    /// <summary>That of the GPU where a tensor lies; zeros: the driver does not say.</summary>
    internal static byte[] Of(torch.Tensor tensor)
    {
        byte[] identity = new byte[Length];
        nint driver = NativeFiles.Loaded(Driver);
        if (
            driver != 0
            && NativeLibrary.TryGetExport(driver, "cuDeviceGet", out nint find)
            // Since CUDA 11.4; it knows the parts of a GPU too.
            && NativeLibrary.TryGetExport(driver, "cuDeviceGetUuid_v2", out nint name)
            && ((delegate* unmanaged<out int, int, int>)find)(out int device, tensor.device_index) == 0
        )
        {
            fixed (byte* to = identity)
            {
                _ = ((delegate* unmanaged<byte*, int, int>)name)(to, device);
            }
        }
        return identity;
    }
}
