using System.Reflection;
using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// libtorch in this process: loaded before TorchSharp would load it, so that a folder may be named, an older libstdc++ serves, and idle threads
/// sleep. A libtorch that the program has loaded itself is taken as it is.
/// </summary>
public static class Libtorch
{
    /// <summary>What LibTorchSharp is built for.</summary>
    private const string Needed = "2.10";

    private const string Shim = "libLibTorchSharp.so";

    /// <summary>"1": a libtorch of another version is tried, which may end the process: what LibTorchSharp was built for is not what it finds.</summary>
    private const string TriedVariable = "DRCNN_LIBTORCH_TRY";

    /// <summary>Of libstdc++ (GCC 13): LibTorchSharp asks for it, for a symbol that it never uses.</summary>
    private const string WishedVersion = "GLIBCXX_3.4.32";

    private const string WaitVariable = "OMP_WAIT_POLICY";

    private static readonly Lazy<Loading> loading = new(Open);

    /// <summary>Loads libtorch, unless it is there. Call it before the first use of tensors; everything here that makes one does.</summary>
    /// <exception cref="LibtorchException">It cannot be loaded.</exception>
    public static void Load() => _ = loading.Value;

    /// <summary>
    /// Has it loaded when TorchSharp's assembly is, before its first call: programs that use TorchSharp by its own names are served too. What
    /// is wrong with libtorch, the first tensor of ours says.
    /// </summary>
    public static void LoadWithTorchSharp()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, loaded) => LoadFor(loaded.LoadedAssembly);
        foreach (Assembly assembly in AppDomain.CurrentDomain.GetAssemblies())
            LoadFor(assembly);
    }

    private static void LoadFor(Assembly assembly)
    {
        if (assembly.GetName().Name == nameof(TorchSharp))
            LoadIfPossible();
    }

    private static void LoadIfPossible()
    {
        try
        {
            Load();
        }
        catch (LibtorchException)
        {
            // Nobody asks yet, and whoever uses a tensor of ours asks again.
        }
    }

    /// <summary>Its version, such as 2.10.0.</summary>
    public static string Version => loading.Value.Version;

    /// <summary>Why oneDNN is not used, in a sentence; null: it is.</summary>
    public static string? WithoutOneDnn =>
        loading.Value.UsesOneDnn
            ? null
            : "oneDNN is off: this processor, perhaps a virtual one, does not report its caches, and oneDNN's convolutions are wrong there";

    /// <summary>OMP_WAIT_POLICY as libtorch's threads see it: what waiting ones do; null: it is not set.</summary>
    public static string? WaitPolicy => ProcessEnvironment.Get(WaitVariable);

    internal static nint Handle => loading.Value.Handle;

    private sealed record Loading(nint Handle, string Version, bool UsesOneDnn);

    private static Loading Open()
    {
        // Waiting threads that spin cost more than they save where cores are shared.
        ProcessEnvironment.Default(WaitVariable, "passive");
        nint loaded = NativeFiles.Loaded(LibtorchFolder.Library);
        (nint handle, string folder) = loaded == 0 ? OpenFolder() : (loaded, "the process");
        string version = VersionOf(handle) ?? "before 2.10";
        bool isTried = Environment.GetEnvironmentVariable(TriedVariable) == "1";
        if (!version.StartsWith(Needed + '.', StringComparison.Ordinal) && !isTried)
            throw LibtorchException.Because($"{folder} holds libtorch {version}, expected {Needed}");
        if (NativeFiles.Loaded(Shim) == 0)
            OpenShim();
        LateScalars.Bind(NativeFiles.Loaded(Shim));
        bool usesOneDnn = !HiddenCaches.Here();
        Settle(handle, usesOneDnn);
        return new Loading(handle, version, usesOneDnn);
    }

    /// <summary>Loads a folder's libraries by their paths: whoever asks for their sonames afterwards gets these.</summary>
    private static (nint Handle, string Folder) OpenFolder()
    {
        string? named = Environment.GetEnvironmentVariable(LibtorchFolder.Variable);
        string folder = LibtorchFolder.Find(named, NativeFiles.Searched);
        // TorchSharp loads what lies there by its path, past every resolver, and two libtorchs cannot share a process.
        if (NativeFiles.Find(LibtorchFolder.Library) is { } beside && Path.GetDirectoryName(beside) != folder)
            throw LibtorchException.Because(
                string.IsNullOrEmpty(named)
                    ? $"it lies in {folder} and as {beside}, and TorchSharp would load both; remove one"
                    : $"{LibtorchFolder.Variable} names {folder}, but TorchSharp would load {beside} too; leave the package "
                        + $"libtorch-cpu-linux-x64 out of the program, or unset {LibtorchFolder.Variable}"
            );
        nint handle = 0;
        foreach (string library in LibtorchFolder.Libraries(folder))
        {
            nint opened = Opened(library);
            handle = Path.GetFileName(library) == LibtorchFolder.Library ? opened : handle;
        }
        return (handle, folder);
    }

    /// <summary>LibTorchSharp, relaxed in memory where libstdc++ is older than it asks for. Its package is never changed.</summary>
    private static void OpenShim()
    {
        string path =
            NativeFiles.Find(Shim)
            ?? throw LibtorchException.Because($"{Shim} of the package TorchSharp is not beside the program");
        try
        {
            _ = NativeFiles.Open(path);
        }
        catch (DllNotFoundException error) when (error.Message.Contains(WishedVersion, StringComparison.Ordinal))
        {
            try
            {
                _ = NativeFiles.Open(VersionNeeds.Relaxed(File.ReadAllBytes(path), WishedVersion), Shim);
            }
            catch (Exception second)
                when (second
                        is DllNotFoundException
                            or InvalidDataException
                            or IOException
                            or UnauthorizedAccessException
                )
            {
                string cause = second is DllNotFoundException missing ? NativeFiles.CauseOf(missing) : second.Message;
                throw LibtorchException.Because(
                    $"{path} needs a newer libstdc++ ({WishedVersion}, GCC 13), and a copy of it in memory cannot be used: {cause}",
                    second
                );
            }
        }
        catch (DllNotFoundException error)
        {
            throw LibtorchException.Because(NativeFiles.CauseOf(error), error);
        }
    }

    private static nint Opened(string library)
    {
        try
        {
            return NativeFiles.Open(library);
        }
        catch (DllNotFoundException error)
        {
            throw LibtorchException.Because(NativeFiles.CauseOf(error), error);
        }
    }

    private static unsafe void Settle(nint handle, bool usesOneDnn)
    {
        const string contextName = "_ZN2at13globalContextEv";
        var context = (delegate* unmanaged<nint>)Export(handle, contextName);
        Switch(handle, context(), "_ZN2at7Context20setUserEnabledNNPACKEb", false); // it warns of every small map
        if (!usesOneDnn)
            Switch(handle, context(), "_ZN2at7Context20setUserEnabledMkldnnEb", false);
    }

    private static unsafe void Switch(nint handle, nint context, string name, bool on) =>
        ((delegate* unmanaged<nint, byte, void>)Export(handle, name))(context, (byte)(on ? 1 : 0));

    private static nint Export(nint handle, string name) =>
        NativeLibrary.TryGetExport(handle, name, out nint function)
            ? function
            : throw LibtorchException.Because($"it has no {name}, which libtorch {Needed} has");

    /// <summary>Major, minor and patch, each a byte from the top; null: a libtorch that does not say.</summary>
    private static unsafe string? VersionOf(nint handle)
    {
        if (!NativeLibrary.TryGetExport(handle, "aoti_torch_abi_version", out nint function))
            return null;
        ulong packed = ((delegate* unmanaged<ulong>)function)();
        return $"{packed >> 56}.{(packed >> 48) & 0xFF}.{(packed >> 40) & 0xFF}";
    }
}
