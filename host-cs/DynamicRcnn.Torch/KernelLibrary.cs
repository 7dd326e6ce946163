using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch;

/// <summary>The library of our kernels, which needs no libtorch.</summary>
public static unsafe partial class KernelLibrary
{
    internal const string Name = "drcnn_kernels";

    /// <summary>Which instruction set the kernels use: plain, avx2 or avx512; DRCNN_CPU_ISA forces one that the processor has.</summary>
    /// <exception cref="LibtorchException">DRCNN_CPU_ISA names something else, or the library cannot be loaded; one sentence.</exception>
    public static string InstructionSet =>
        Marshal.PtrToStringUTF8((nint)drcnn_kernels_isa())
        ?? throw new LibtorchException(Marshal.PtrToStringUTF8((nint)drcnn_kernels_error())!);

    [LibraryImport(Name)]
    private static partial byte* drcnn_kernels_isa();

    [LibraryImport(Name)]
    private static partial byte* drcnn_kernels_error();
}
