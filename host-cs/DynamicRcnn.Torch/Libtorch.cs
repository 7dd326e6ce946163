using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

/// <summary>libtorch in this process.</summary>
public static class Libtorch
{
    /// <summary>Loads it, unless it is there; the first use of a tensor does so too.</summary>
    /// <exception cref="LibtorchException">It cannot be loaded.</exception>
    public static void Load() => _ = Native.drcnn_threads();

    /// <summary>Why oneDNN is not used, in a sentence; null: it is.</summary>
    public static string? WithoutOneDnn => null;

    /// <summary>OMP_WAIT_POLICY as libtorch's threads see it: what waiting ones do; null: it is not set.</summary>
    public static string? WaitPolicy => Environment.GetEnvironmentVariable("OMP_WAIT_POLICY");
}
