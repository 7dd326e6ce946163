using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>Nothing is recorded for a gradient on this thread until the result is disposed.</summary>
    public static IDisposable no_grad() => new GradMode(on: false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    /// <summary>As <see cref="no_grad"/>, and what is made inside can never be part of a recorded graph.</summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

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

    public static Device device(string deviceType, int index = -1) => new(((Device)deviceType).type, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(DeviceType.CUDA, index);

    public static class cuda
    {
        /// <summary>Whether libtorch is a CUDA build and sees a device.</summary>
        public static bool is_available() => Native.drcnn_has_cuda() != 0;

        /// <summary>How many there are; 0 without a CUDA build.</summary>
        public static int device_count() =>
            is_available() ? Math.Max(0, Native.drcnn_device_count((int)DeviceType.CUDA)) : 0;
    }

    private sealed class GradMode(bool on) : IDisposable
    {
        private readonly int before = Native.drcnn_grad_mode(on ? 1 : 0);

        public void Dispose() => _ = Native.drcnn_grad_mode(before);
    }

    private sealed class InferenceMode : IDisposable
    {
        private nint scope;

        internal InferenceMode(bool on) => Native.Check(Native.drcnn_inference_enter(on ? 1 : 0, out scope));

        public void Dispose() => Native.drcnn_inference_leave(Interlocked.Exchange(ref scope, 0));
    }
}
