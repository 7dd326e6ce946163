using System.Runtime.InteropServices;

namespace DynamicRcnn.Runs;

/// <summary>
/// Puts a folder's entries on the disk. A rename is atomic without it, but until the folder is written a machine that loses power may come back
/// with the old name. .NET opens no folders, so this asks the system; other systems than Linux do it by themselves or not at all.
/// </summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;

    /// <summary>What file systems answer that have no such thing.</summary>
    private const int InvalidArgument = 22;
    private const int NotSupported = 95;

    /// <exception cref="IOException">The disk does not take the entry.</exception>
    internal static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }
        int handle = open(folder, ReadOnly);
        if (handle < 0)
        {
            throw Failure(Marshal.GetLastPInvokeError());
        }
        int error = fsync(handle) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = close(handle);
        if (error is not (0 or InvalidArgument or NotSupported))
        {
            throw Failure(error);
        }
    }

    private static IOException Failure(int error) => new(Marshal.GetPInvokeErrorMessage(error), error);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int handle);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int handle);
}
