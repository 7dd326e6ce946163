using System.Runtime.InteropServices;
using Xunit;

namespace DynamicRcnn.Training.Tests.Distributed;

/// <summary>
/// A library with the C interface of NCCL, and of CUDA's streams and events, over shared memory, for ranks that are threads or processes. Tests
/// without a GPU drive by it what calls NCCL. A thread has a stream of its own, which stands for libtorch's current one.
/// </summary>
internal static unsafe class StandInNccl
{
    private static readonly Lazy<nint> handle = new(Load);

    /// <summary>Skips a test where the library is not built.</summary>
    internal static void Require() => _ = handle.Value;

    /// <summary>All floating tensors go over it, as those of a GPU go over NCCL. The host sees a result once it waits for the stream.</summary>
    internal static ICollectives ForAll(ICollectives host) => On(host, () => new NcclLibrary(handle.Value));

    /// <summary>The same for whoever reads results at once: what libtorch would wait for when it copies them to the host is waited for here.</summary>
    internal static ICollectives Read(ICollectives host) => new Synchronised(ForAll(host));

    /// <param name="host">Has what is not a floating tensor.</param>
    /// <param name="find">Gives the library; null: this rank has none.</param>
    /// <param name="gpu">The number of this rank's GPU; null: each has its own.</param>
    internal static ICollectives On(ICollectives host, Func<NcclLibrary?> find, int? gpu = null) =>
        new NcclCollectives(
            host,
            find,
            tensor => tensor.dtype is torch.ScalarType.Float32 or torch.ScalarType.Float64,
            _ =>
            {
                byte[] identity = new byte[GpuIdentity.Length];
                identity[^1] = (byte)(1 + (gpu ?? host.Rank));
                return identity;
            }
        );

    /// <summary>Has the calling thread's next operations refused.</summary>
    internal static void Refuse(int operations) =>
        ((delegate* unmanaged<int, void>)Function("stand_in_refuse"))(operations);

    /// <summary>Has the calling thread's next operation take its time before it begins.</summary>
    internal static void Delay(TimeSpan time) =>
        ((delegate* unmanaged<int, void>)Function("stand_in_delay"))((int)time.TotalMilliseconds);

    /// <summary>How often this process has used a communicator that was freed, or freed one under a call.</summary>
    internal static int Misuses => ((delegate* unmanaged<int>)Function("stand_in_misuses"))();

    /// <summary>Waits until the calling thread's stream has done what it has to do.</summary>
    internal static void Synchronise() => Synchronise(0);

    /// <summary>Waits until a stream has done what it has to do; 0: the calling thread's.</summary>
    internal static void Synchronise(nint stream) =>
        ((delegate* unmanaged<nint, int>)Function("cudaStreamSynchronize"))(stream);

    internal static nint NewStream()
    {
        _ = ((delegate* unmanaged<out nint, int>)Function("cudaStreamCreate"))(out nint stream);
        return stream;
    }

    /// <summary>Keeps a stream from what it is given later, until the signal.</summary>
    internal static void Hold(nint stream, ManualResetEventSlim signal)
    {
        nint data = GCHandle.ToIntPtr(GCHandle.Alloc(signal));
        _ = ((delegate* unmanaged<nint, delegate* unmanaged<nint, void>, nint, int>)Function("cudaLaunchHostFunc"))(
            stream,
            &WaitForSignal,
            data
        );
    }

    /// <summary>Has a stream wait for what another one has been given so far.</summary>
    internal static void Follow(nint stream, nint other)
    {
        _ = ((delegate* unmanaged<out nint, int>)Function("cudaEventCreate"))(out nint happened);
        _ = ((delegate* unmanaged<nint, nint, int>)Function("cudaEventRecord"))(happened, other);
        _ = ((delegate* unmanaged<nint, nint, uint, int>)Function("cudaStreamWaitEvent"))(stream, happened, 0);
    }

    [UnmanagedCallersOnly]
    private static void WaitForSignal(nint data)
    {
        GCHandle signal = GCHandle.FromIntPtr(data);
        ((ManualResetEventSlim)signal.Target!).Wait();
        signal.Free();
    }

    private static nint Function(string name) => NativeLibrary.GetExport(handle.Value, name);

    private static nint Load()
    {
        string path = Path.Combine(Above(AppContext.BaseDirectory), "artifacts/native-build/libdrcnn_nccl_stand_in.so");
        if (!File.Exists(path))
        {
            Assert.Skip("libdrcnn_nccl_stand_in.so is not built; run: dotnet fsi build.fsx kernel-tests");
        }
        return NativeLibrary.Load(path);
    }

    /// <summary>The repository's folder.</summary>
    private static string Above(string folder) =>
        File.Exists(Path.Combine(folder, "DynamicRcnn.sln")) ? folder : Above(Path.GetDirectoryName(folder)!);

    private sealed class Synchronised(ICollectives inner) : ICollectives
    {
        public int Rank => inner.Rank;

        public int Size => inner.Size;

        public void AllReduce(torch.Tensor values)
        {
            inner.AllReduce(values);
            Synchronise();
        }

        public void Broadcast(torch.Tensor values, int root)
        {
            inner.Broadcast(values, root);
            Synchronise();
        }

        public byte[] AllGather(ReadOnlySpan<byte> own) => inner.AllGather(own);

        public void Barrier() => inner.Barrier();

        public void Abort() => inner.Abort();

        public void Dispose() => inner.Dispose();
    }
}
