using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Training;

/// <summary>The functions of NCCL that are used, name for name, of a library that is found when the program runs; nothing of it is needed to build.</summary>
/// <param name="library">Its handle.</param>
internal sealed unsafe class NcclLibrary(nint library)
{
    internal const int Uint8 = 1;
    internal const int Float32 = 7;
    internal const int Float64 = 8;
    internal const int Sum = 0;

    /// <summary>Of a call that goes on by itself.</summary>
    internal const int InProgress = 7;

    private const int Success = 0;
    private const string File = "libnccl.so.2";

    /// <summary>What tells the processes of a communicator from others; it travels by value.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UniqueId
    {
        internal const int Length = 128;
        internal fixed byte Bytes[Length];
    }

    /// <summary>How a communicator is: as NCCL 2.14 defines it, which later ones read by its length and version.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Config
    {
        internal nuint Length;
        internal uint Magic;
        internal uint Version;
        internal int Blocking;
    }

    /// <summary>The one that libtorch has loaded, or the system's; null: there is none of version 2.14 or later.</summary>
    internal static NcclLibrary? Find()
    {
        nint loaded = NativeFiles.Loaded(File);
        return
            (loaded != 0 || NativeLibrary.TryLoad(File, out loaded))
            && NativeLibrary.TryGetExport(loaded, nameof(ncclCommInitRankConfig), out _)
            ? new NcclLibrary(loaded)
            : null;
    }

    internal int ncclGetUniqueId(out UniqueId id) => ((delegate* unmanaged<out UniqueId, int>)Found())(out id);

    /// <summary>A communicator that does not block: its calls only begin what they do.</summary>
    internal int ncclCommInitRankConfig(out nint communicator, int size, UniqueId id, int rank)
    {
        Config config = new()
        {
            Length = (nuint)sizeof(Config),
            Magic = 0xcafebeef,
            Version = 21400,
        };
        return ((delegate* unmanaged<out nint, int, UniqueId, int, Config*, int>)Found())(
            out communicator,
            size,
            id,
            rank,
            &config
        );
    }

    internal int ncclAllReduce(void* from, void* to, long count, int type, int operation, nint comm, void* stream) =>
        ((delegate* unmanaged<void*, void*, nint, int, int, nint, void*, int>)Found())(
            from,
            to,
            (nint)count,
            type,
            operation,
            comm,
            stream
        );

    internal int ncclBroadcast(void* from, void* to, long count, int type, int root, nint comm, void* stream) =>
        ((delegate* unmanaged<void*, void*, nint, int, int, nint, void*, int>)Found())(
            from,
            to,
            (nint)count,
            type,
            root,
            comm,
            stream
        );

    internal int ncclCommGetAsyncError(nint communicator, out int error) =>
        ((delegate* unmanaged<nint, out int, int>)Found())(communicator, out error);

    internal int ncclCommAbort(nint communicator) => ((delegate* unmanaged<nint, int>)Found())(communicator);

    internal int ncclCommDestroy(nint communicator) => ((delegate* unmanaged<nint, int>)Found())(communicator);

    /// <exception cref="CollectiveException">The result is none.</exception>
    internal void Check(int result)
    {
        if (result is not (Success or InProgress))
        {
            throw new CollectiveException($"NCCL: {Marshal.PtrToStringUTF8((nint)ncclGetErrorString(result))}");
        }
    }

    private byte* ncclGetErrorString(int result) => ((delegate* unmanaged<int, byte*>)Found())(result);

    private void* Found([CallerMemberName] string name = "") => (void*)NativeLibrary.GetExport(library, name);
}
