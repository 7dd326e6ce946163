using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Torch.Interop;

/// <summary>Finds libtorch and libdrcnn: <c>DRCNN_LIBTORCH</c>, then <c>libtorch/lib</c> beside the program, then the system.</summary>
internal static class NativeLibraries
{
    private const string InstallCommand = "sudo apt-get install libtorch-dev libopenblas0-openmp";
    private static readonly string[] torchLibraries = ["libc10.so", "libtorch_cpu.so", "libtorch.so"];

    [ModuleInitializer]
    [SuppressMessage(
        "Usage",
        "CA2255",
        Justification = "The resolver must be set before the first native call, which may be a field's initialiser."
    )]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != "drcnn")
        {
            return 0;
        }
        LoadTorch();
        string beside = Path.Combine(AppContext.BaseDirectory, "libdrcnn.so");
        if (NativeLibrary.TryLoad(beside, out nint handle) || NativeLibrary.TryLoad(name, assembly, search, out handle))
        {
            return handle;
        }
        string cause = File.Exists(beside) ? LoaderMessage(beside) : "libdrcnn.so is not beside the program";
        throw new LibtorchException(
            $"libtorch cannot be used: {cause}. On Debian 12 this installs it: {InstallCommand}"
        );
    }

    /// <summary>Loads libtorch from a folder of its own when there is one; the loader finds the system's without help.</summary>
    private static void LoadTorch()
    {
        string? named = Environment.GetEnvironmentVariable("DRCNN_LIBTORCH");
        string? folder = string.IsNullOrEmpty(named)
            ? LibraryFolder(Path.Combine(AppContext.BaseDirectory, "libtorch"))
            : LibraryFolder(named)
                ?? throw new LibtorchException(
                    $"DRCNN_LIBTORCH is '{named}', but neither it nor its folder lib holds libtorch_cpu.so."
                );
        if (folder is null)
        {
            return;
        }
        foreach (string library in torchLibraries)
        {
            string path = Path.Combine(folder, library);
            if (File.Exists(path) && !NativeLibrary.TryLoad(path, out _))
            {
                throw new LibtorchException($"libtorch cannot be used: {LoaderMessage(path)}.");
            }
        }
    }

    private static string? LibraryFolder(string folder) =>
        new[] { folder, Path.Combine(folder, "lib") }.FirstOrDefault(candidate =>
            File.Exists(Path.Combine(candidate, "libtorch_cpu.so"))
        );

    private static string LoaderMessage(string path)
    {
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
            return path + " loads, but not under this name";
        }
        catch (DllNotFoundException error)
        {
            // The loader's own words name the library that is missing; .NET adds advice that does not help here.
            string line =
                error.Message.Split('\n').FirstOrDefault(text => text.Contains(".so", StringComparison.Ordinal))
                ?? error.Message;
            return line.Trim().TrimEnd('.');
        }
    }
}
