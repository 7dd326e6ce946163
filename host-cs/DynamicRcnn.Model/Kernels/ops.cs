namespace DynamicRcnn.Model.Kernels;

/// <summary>What TorchSharp lacks: our operators, operators over lists of tensors, host memory.</summary>
/// <remarks>Letters in shapes: N images, C channels, H, W, R RoIs, B boxes.</remarks>
public static partial class ops
{
    /// <summary>The native references that this thread has made and not released.</summary>
    public static long live_tensors => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Whether our operators run on a CUDA device too: whether their library lies beside the program.</summary>
    public static bool has_cuda_operators => KernelLibrary.HasCuda;

    /// <summary>Accumulates the gradients of a loss. What an operator of ours throws in it is thrown here.</summary>
    /// <param name="loss">0-dimensional.</param>
    /// <param name="gradient">0-dimensional: what every gradient is multiplied by.</param>
    public static void backward(Tensor loss, Tensor gradient) =>
        BackwardPass.OfThread.Run(() => loss.backward([gradient]));
}
