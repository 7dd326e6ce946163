using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>The library of our kernels: beside the program, of the version that this build calls, and on libtorch's threads.</summary>
public static class KernelLibrary
{
    private const string File = $"lib{DrcnnKernels.Library}.so";

    private static readonly Lazy<nint> handle = new(Open);

    /// <summary>Which instruction set the kernels use: plain, avx2 or avx512; DRCNN_CPU_ISA forces one that the processor has.</summary>
    /// <exception cref="LibtorchException">DRCNN_CPU_ISA names something else, or the library cannot be loaded; one sentence.</exception>
    public static unsafe string InstructionSet =>
        Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_isa())
        ?? throw new LibtorchException(Marshal.PtrToStringUTF8((nint)DrcnnKernels.drcnn_kernels_error())!);

    internal static nint Handle => handle.Value;

    private static unsafe nint Open()
    {
        string path =
            NativeFiles.Find(File)
            ?? throw Unusable("it is not beside the program; build it: dotnet fsi build.fsx native");
        nint library;
        try
        {
            library = NativeFiles.Open(path);
        }
        catch (DllNotFoundException error)
        {
            throw Unusable(NativeFiles.CauseOf(error), error);
        }
        if (VersionOf(library) is var version && version != DrcnnKernels.Version)
        {
            string got = version is null ? "no library of kernels" : $"of version {version}";
            throw Unusable(
                $"{path} is {got}, expected version {DrcnnKernels.Version}; build it again: dotnet fsi build.fsx native"
            );
        }
        // One pool of threads for its operators and our kernels.
        var useThreads = (delegate* unmanaged<nint, nint, void>)
            NativeLibrary.GetExport(library, "drcnn_kernels_use_threads");
        useThreads(
            NativeLibrary.GetExport(Libtorch.Handle, "torch_parallel_for"),
            NativeLibrary.GetExport(Libtorch.Handle, "torch_get_num_threads")
        );
        return library;
    }

    private static unsafe int? VersionOf(nint library) =>
        NativeLibrary.TryGetExport(library, "drcnn_kernels_version", out nint function)
            ? ((delegate* unmanaged<int>)function)()
            : null;

    private static LibtorchException Unusable(string cause, Exception? error = null) =>
        new($"our kernels ({File}) cannot be used: {cause}", error);
}
