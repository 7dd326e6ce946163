using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>What libtorch's stable C interface has for CUDA devices, name for name. The functions return 0 when they succeed.</summary>
internal static unsafe partial class LibtorchCudaAbi
{
    internal const string Library = "torch_cuda";

    /// <summary>Loaded with the rest of libtorch where it is a CUDA build.</summary>
    internal const string File = $"lib{Library}.so";

    [LibraryImport(Library)]
    internal static partial int aoti_torch_get_current_cuda_stream(int device, out void* stream);

    [LibraryImport(Library)]
    internal static partial int aoti_torch_create_cuda_guard(int device, out nint guard);

    [LibraryImport(Library)]
    internal static partial int aoti_torch_delete_cuda_guard(nint guard);
}
