using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>The environment that C libraries read, which <see cref="Environment.SetEnvironmentVariable(string, string)"/> does not change.</summary>
internal static partial class ProcessEnvironment
{
    /// <summary>Sets a variable that nobody has set, for libraries that are loaded from now on.</summary>
    internal static void Default(string name, string value)
    {
        const int keep = 0;
        _ = setenv(name, value, keep);
    }

    /// <summary>A variable's value; null: it is not set.</summary>
    internal static string? Get(string name) => Marshal.PtrToStringUTF8(getenv(name));

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint getenv(string name);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
