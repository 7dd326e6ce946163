using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>drcnn_dist.h, name for name.</summary>
internal static unsafe partial class DistributedNative
{
    internal const string Library = "drcnn_dist";

    [LibraryImport(Library)]
    internal static partial byte* drcnn_dist_last_error();

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_join(in Meeting meeting, out nint group);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int drcnn_dist_fail(nint group, string sentence);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_failure(nint group, long waitMilliseconds, byte* text, int capacity);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_verdict(nint group, byte* text, int capacity);

    [LibraryImport(Library)]
    internal static partial void drcnn_dist_end_process(int code);

    [LibraryImport(Library)]
    internal static partial void drcnn_dist_leave(nint group, int orderly);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_all_reduce(nint group, nint tensor);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_all_gather(nint group, nint input, nint output);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_broadcast(nint group, nint tensor, int root);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_barrier(nint group);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_buckets_make(
        nint group,
        nint* leaves,
        int count,
        long firstBytes,
        long bytes,
        out nint buckets
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_buckets_arm(nint buckets);

    [LibraryImport(Library)]
    internal static partial int drcnn_dist_buckets_finish(nint buckets);

    [LibraryImport(Library)]
    internal static partial void drcnn_dist_buckets_free(nint buckets);

    /// <summary>drcnn_dist_meeting, field for field.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Meeting
    {
        internal byte* Host;
        internal byte* Prefix;
        internal int Port;
        internal int ServesStore;
        internal int Rank;
        internal int Size;
        internal int Gpu;
        internal int HeartbeatMilliseconds;
        internal long TimeoutMilliseconds;
    }

    internal static void Check(int status)
    {
        if (status < 0)
        {
            Throw();
        }
    }

    /// <summary>Reads the thread's error text at once: the next failing call replaces it.</summary>
    [DoesNotReturn]
    private static void Throw() =>
        throw new CollectiveException(Marshal.PtrToStringUTF8((nint)drcnn_dist_last_error())!);
}
