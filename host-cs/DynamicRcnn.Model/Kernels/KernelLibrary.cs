using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// The libraries of our kernels: beside the program and of the version that this build calls. The CPU's is on libtorch's threads; CUDA's is loaded
/// only when a tensor on a GPU comes to an operator.
/// </summary>
public static class KernelLibrary
{
    internal const string CudaFile = "libdrcnn_kernels_cuda.so";

    internal const string File = $"lib{DrcnnKernels.Library}.so";

    private static readonly Lazy<nint> handle = new(Open);

    /// <summary>Which instruction set the kernels use: plain, avx2 or avx512; DRCNN_CPU_ISA forces one that the processor has (avx512_bf16: avx512 without AMX).</summary>
    /// <exception cref="LibtorchException">DRCNN_CPU_ISA names something else, or the library cannot be loaded; one sentence.</exception>
    public static unsafe string InstructionSet =>
        Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_isa())
        ?? throw new LibtorchException(Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_error())!);

    /// <summary>What multiplies numbers of bfloat16: amx, avx512_bf16 or float32, whose products are exact for them.</summary>
    /// <exception cref="LibtorchException">As <see cref="InstructionSet"/>.</exception>
    public static unsafe string BFloat16Products =>
        Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_bf16())
        ?? throw new LibtorchException(Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_error())!);

    internal static nint Handle => handle.Value;

    internal static bool HasCuda => NativeFiles.Find(CudaFile) is not null;

    /// <param name="path">Of the library of the CUDA kernels; null: there is none.</param>
    /// <exception cref="LibtorchException">It cannot be used; one sentence that says what to do.</exception>
    internal static nint OpenCuda(string? path) =>
        Open(CudaFile, path, "drcnn_cuda_version", "dotnet fsi build.fsx native, where the CUDA toolkit (nvcc) is");

    private static unsafe nint Open()
    {
        nint library = Open(File, NativeFiles.Find(File), "drcnn_kernels_version", "dotnet fsi build.fsx native");
        // One pool of threads for its operators and our kernels.
        var useThreads = (delegate* unmanaged<nint, nint, void>)
            NativeLibrary.GetExport(library, "drcnn_kernels_use_threads");
        useThreads(
            NativeLibrary.GetExport(Libtorch.Handle, "torch_parallel_for"),
            NativeLibrary.GetExport(Libtorch.Handle, "torch_get_num_threads")
        );
        return library;
    }

    private static nint Open(string file, string? path, string versionFunction, string build)
    {
        if (path is null)
            throw Unusable(file, $"it is not beside the program; build it: {build}");
        nint library;
        try
        {
            library = NativeFiles.Open(path);
        }
        catch (DllNotFoundException error)
        {
            throw Unusable(file, NativeFiles.CauseOf(error), error);
        }
        if (VersionOf(library, versionFunction) is var version && version != DrcnnKernels.Version)
        {
            string got = version is null ? "not this library" : $"of version {version}";
            throw Unusable(file, $"{path} is {got}, expected version {DrcnnKernels.Version}; build it again: {build}");
        }
        return library;
    }

    private static unsafe int? VersionOf(nint library, string name) =>
        NativeLibrary.TryGetExport(library, name, out nint function) ? ((delegate* unmanaged<int>)function)() : null;

    private static LibtorchException Unusable(string file, string cause, Exception? error = null) =>
        new($"our kernels ({file}) cannot be used: {cause}", error);
}
