using System.Runtime.InteropServices;
using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

/// <summary>What TorchSharp lacks: our operators, operators over lists of tensors, autocast, host memory.</summary>
/// <remarks>Letters in shapes: N images, C channels, H, W, R RoIs, B boxes.</remarks>
public static unsafe partial class ops
{
    /// <summary>Native references to tensors that are held now, over all threads.</summary>
    public static long live_tensors => Native.drcnn_live_tensors();

    /// <summary>libtorch's version on the first line, how it was built below.</summary>
    public static string library_info() => Marshal.PtrToStringUTF8((nint)Native.drcnn_library_info())!;

    /// <summary>Whether the native library was built with the CUDA kernels of our operators.</summary>
    public static bool has_cuda_operators => Native.drcnn_has_cuda_operators() != 0;

    /// <summary>Accumulates the gradients of a loss.</summary>
    /// <param name="loss">0-dimensional.</param>
    /// <param name="gradient">0-dimensional: what every gradient is multiplied with.</param>
    public static void backward(Tensor loss, Tensor gradient) => loss.backward([gradient]);

    /// <summary>Runs convolutions and matrix products in <paramref name="dtype"/> on this thread until disposed; null = off.</summary>
    public static IDisposable autocast(ScalarType? dtype) => new Autocast(dtype is { } type ? (int)type : -1);

    private sealed class Autocast(int dtype) : IDisposable
    {
        private readonly int before = Native.drcnn_autocast(dtype);

        public void Dispose() => _ = Native.drcnn_autocast(before);
    }
}
