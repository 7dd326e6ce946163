using System.Reflection;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// Has the native numbers that TorchSharp's operators make freed some seconds after their finalizer asks for it. TorchSharp 0.107 keeps none of
/// them until libtorch has read it, so a garbage collection at that moment let libtorch read freed memory.
/// </summary>
internal static class LateScalars
{
    private const string Dispose = "THSTorch_dispose_scalar";

    /// <summary>Whether TorchSharp's call is bound to the kernels' library.</summary>
    internal static bool IsBound { get; private set; }

    /// <summary>
    /// Binds the one call. Nothing happens where that cannot be: the program has its own resolver for TorchSharp, another version of TorchSharp has
    /// no such function, or the kernels are not there, which their first call says.
    /// </summary>
    /// <param name="torchSharp">LibTorchSharp's handle.</param>
    internal static unsafe void Bind(nint torchSharp)
    {
        Assembly assembly = typeof(torch).Assembly;
        MethodInfo? method = assembly
            .GetType("TorchSharp.PInvoke.NativeMethods")
            ?.GetMethod(Dispose, BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public);
        if (
            method is null
            || NativeFiles.Find(KernelLibrary.File) is not { } path
            || !NativeLibrary.TryLoad(path, out nint kernels)
            || !NativeLibrary.TryGetExport(torchSharp, Dispose, out nint own)
            || !NativeLibrary.TryGetExport(kernels, "drcnn_late_scalars_use", out nint use)
        )
        {
            return;
        }
        // Other threads may bind other functions meanwhile.
        int binding = Environment.CurrentManagedThreadId;
        try
        {
            NativeLibrary.SetDllImportResolver(
                assembly,
                (_, _, _) => binding == Environment.CurrentManagedThreadId ? kernels : 0
            );
        }
        catch (InvalidOperationException)
        {
            return;
        }
        ((delegate* unmanaged<nint, void>)use)(own);
        Marshal.Prelink(method);
        binding = 0; // no thread's
        IsBound = true;
    }
}
