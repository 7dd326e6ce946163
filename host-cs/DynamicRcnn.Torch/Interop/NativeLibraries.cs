using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>
/// Loads libtorch from where <see cref="LibtorchFolder"/> finds it, then the library of ours that is called. Runs at the first call into
/// each of them, not before: a process that trains alone never loads libdrcnn_dist.
/// </summary>
internal static partial class NativeLibraries
{
    private const int Lazy = 0x1;
    private const int Global = 0x100;

    [ModuleInitializer]
    [SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "The resolver must be set before the first native call, which may be a field's initialiser."
    )]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name is not (Native.Library or DistributedNative.Library or KernelLibrary.Name))
        {
            return 0;
        }
        string file = $"lib{name}.so";
        string path = Candidates(file).FirstOrDefault(File.Exists, file);
        if (name == DistributedNative.Library && path == file)
        {
            throw LibtorchException.NoDistribution(file);
        }
        if (name == KernelLibrary.Name)
        {
            return Open(path, Lazy);
        }
        string? folder = LibtorchFolder.Find(
            Environment.GetEnvironmentVariable(LibtorchFolder.Variable),
            AppContext.BaseDirectory
        );
        foreach (string library in folder is null ? [] : LibtorchFolder.Libraries(folder))
        {
            // libtorch's own plug-ins look for its symbols in the global scope.
            _ = Open(library, Lazy | Global);
        }
        return Open(path, Lazy);
    }

    /// <summary>Beside the program, then where the host looks for the native libraries of packages.</summary>
    private static IEnumerable<string> Candidates(string file)
    {
        string? searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string;
        return (searched ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Prepend(AppContext.BaseDirectory)
            .Select(folder => Path.Combine(folder, file));
    }

    private static nint Open(string path, int mode)
    {
        nint handle = dlopen(path, mode);
        return handle != 0 ? handle : throw LibtorchException.Because(CauseOf(path));
    }

    // dlerror is no help: the runtime's own calls come between a failure and its text. The runtime's attempt keeps the text, as its last line.
    private static string CauseOf(string path)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
            return $"{path} could not be loaded at first";
        }
        catch (DllNotFoundException error)
        {
            return error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[
                ^1
            ];
        }
    }

    // glibc 2.34 moved it into libc; libdl.so.2 still leads to it.
    [LibraryImport("libdl.so.2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int mode);
}
