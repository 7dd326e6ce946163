using System.Runtime.InteropServices;

namespace DynamicRcnn.Training;

/// <summary>drcnn_processes.h, name for name: Gloo, where it was when the program was built.</summary>
internal static unsafe partial class GlooLibrary
{
    internal const int AddressBytes = 192;
    internal const int Float32 = 0;
    internal const int Float64 = 1;

    private const string Library = "drcnn_processes";
    private const string File = $"lib{Library}.so";
    private const int Version = 1;
    private static readonly Lazy<string?> problem = new(Examine);

    /// <summary>Why several processes cannot train together, in a sentence; null: they can.</summary>
    internal static string? Problem => problem.Value;

    /// <exception cref="CollectiveException">The status says so.</exception>
    internal static void Check(int status)
    {
        if (status != 0)
        {
            // At once: the thread's next failing call replaces it.
            throw new CollectiveException(Marshal.PtrToStringUTF8((nint)drcnn_processes_error())!);
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int drcnn_processes_open(
        int rank,
        int size,
        string host,
        long timeoutMilliseconds,
        byte* addresses,
        out nint group
    );

    [LibraryImport(Library)]
    internal static partial int drcnn_processes_connect(nint group, byte* addresses);

    [LibraryImport(Library)]
    internal static partial int drcnn_processes_all_reduce(nint group, void* values, long count, int type);

    [LibraryImport(Library)]
    internal static partial int drcnn_processes_all_gather(nint group, byte* own, long count, byte* all);

    [LibraryImport(Library)]
    internal static partial int drcnn_processes_broadcast(nint group, void* bytes, long count, int root);

    [LibraryImport(Library)]
    internal static partial void drcnn_processes_abort(nint group);

    [LibraryImport(Library)]
    internal static partial void drcnn_processes_close(nint group);

    [LibraryImport(Library)]
    private static partial int drcnn_processes_version();

    [LibraryImport(Library)]
    private static partial byte* drcnn_processes_error();

    private static string? Examine()
    {
        try
        {
            int version = drcnn_processes_version();
            return version == Version
                ? null
                : $"several processes need {File} of version {Version}, got version {version}; build it again: dotnet fsi build.fsx native";
        }
        catch (DllNotFoundException error)
        {
            return NativeFiles.Find(File) is { } path
                ? $"several processes need Gloo, and {path} cannot be loaded: {NativeFiles.CauseOf(error)}; on Debian: apt-get install libgloo0"
                : $"several processes need Gloo, and this program was built without it ({File} is not beside it): reference the package "
                    + "DynamicRcnn.Processes, or on Debian: apt-get install libgloo-dev && dotnet fsi build.fsx build";
        }
    }
}
