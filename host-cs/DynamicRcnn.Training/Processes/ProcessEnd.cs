using System.Runtime.InteropServices;

namespace DynamicRcnn.Training;

/// <summary>Ends the process and nothing else, where a thread hangs in the network or in a driver that an orderly end would wait for.</summary>
public static partial class ProcessEnd
{
    /// <param name="exitCode">Of the process.</param>
    public static void Now(int exitCode) => _exit(exitCode);

    [LibraryImport("libc")]
    private static partial void _exit(int code);
}
