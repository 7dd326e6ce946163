using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// Shared libraries: where the host looks for them, which are loaded, and how the names in this project's P/Invokes are found. TorchSharp's
/// own calls are left to the runtime, so that a program may set a resolver for them itself.
/// </summary>
internal static partial class NativeFiles
{
    private const int Lazy = 0x1;
    private const int OnlyLoaded = 0x4;

    /// <summary>Programs that are started meanwhile do not get it.</summary>
    private const uint CloseOnExec = 1;

    /// <summary>Folders, the program's own first.</summary>
    internal static IReadOnlyList<string> Searched { get; } =
    [
        .. (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Prepend(AppContext.BaseDirectory)
            .Select(Path.TrimEndingDirectorySeparator)
            .Distinct(),
    ];

    /// <summary>Where a library lies among them; null: nowhere.</summary>
    internal static string? Find(string file) =>
        Searched.Select(folder => Path.Combine(folder, file)).FirstOrDefault(File.Exists);

    /// <summary>The handle of a library that the process has loaded, by its soname; 0: it has not.</summary>
    internal static nint Loaded(string soname) => dlopen(soname, Lazy | OnlyLoaded);

    /// <exception cref="DllNotFoundException">It cannot be loaded; <see cref="CauseOf"/> says why.</exception>
    internal static nint Open(string path) => NativeLibrary.Load(path);

    /// <summary>Loads a library from its bytes: no file is written.</summary>
    /// <param name="content">An ELF file.</param>
    /// <param name="name">For lists of what the process has mapped.</param>
    /// <exception cref="DllNotFoundException">It cannot be loaded.</exception>
    internal static nint Open(ReadOnlySpan<byte> content, string name)
    {
        using SafeFileHandle memory = new(memfd_create(name, CloseOnExec), ownsHandle: true);
        if (memory.IsInvalid)
            throw new DllNotFoundException($"the system gives no memory for a copy of {name}");
        RandomAccess.Write(memory, content, 0);
        return NativeLibrary.Load($"/proc/self/fd/{memory.DangerousGetHandle()}");
    }

    /// <summary>The loader's own words, which the runtime puts last.</summary>
    internal static string CauseOf(DllNotFoundException error) =>
        error.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];

    // Nothing is loaded here: the first call into a library does it.
    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "The resolver must be set before this assembly's first native call."
    )]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeFiles).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search) =>
        name switch
        {
            LibtorchAbi.Library => Libtorch.Handle,
            LibtorchCudaAbi.Library => Loaded(LibtorchCudaAbi.File),
            DrcnnKernels.Library => KernelLibrary.Handle,
            _ => 0,
        };

    // glibc 2.34 moved it into libc; libdl.so.2 still leads to it.
    [LibraryImport("libdl.so.2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint dlopen(string path, int mode);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int memfd_create(string name, uint flags);
}
