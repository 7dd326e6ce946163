using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>Nothing is recorded for a gradient on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(on: false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static DisposeScope NewDisposeScope() => new();

    /// <summary>Seeds the generator that initialisations draw from.</summary>
    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.drcnn_manual_seed(seed));
        return new Generator();
    }

    /// <summary>Threads of libtorch's CPU operators; libtorch may start with one.</summary>
    public static void set_num_threads(int num) => Native.Check(Native.drcnn_set_threads(num));

    public static int get_num_threads() => Native.drcnn_threads();

    public static Device device(string description) => description;

    private sealed class GradMode(bool on) : IDisposable
    {
        private readonly int before = Native.drcnn_grad_mode(on ? 1 : 0);

        public void Dispose() => _ = Native.drcnn_grad_mode(before);
    }
}
