namespace DynamicRcnn.Model.Kernels;

/// <summary>
/// Where libtorch is: <c>DRCNN_LIBTORCH</c>, then <c>libtorch/lib</c> beside the program, where our build puts it, then where packages put it.
/// </summary>
internal static class LibtorchFolder
{
    internal const string Variable = "DRCNN_LIBTORCH";

    internal const string Library = "libtorch_cpu.so";

    private static readonly string beside = Path.Combine("libtorch", "lib");

    /// <summary>In the order in which they depend on each other; a CPU's libtorch has no <c>_cuda</c>.</summary>
    private static readonly string[] names =
    [
        "libc10.so",
        "libc10_cuda.so",
        Library,
        "libtorch_cuda.so",
        "libtorch.so",
    ];

    /// <param name="named">The variable's value: the folder of the libraries or the one above it.</param>
    /// <param name="searched">Where the host looks for native libraries, the program's own folder first.</param>
    /// <exception cref="LibtorchException">There is none.</exception>
    internal static string Find(string? named, IReadOnlyList<string> searched)
    {
        if (string.IsNullOrEmpty(named))
        {
            return searched.Select(folder => Path.Combine(folder, beside)).Concat(searched).FirstOrDefault(Holds)
                ?? throw LibtorchException.Because(
                    $"{Library} is neither beside the program in {searched[0]} nor in libtorch/lib there; reference the package "
                        + $"libtorch-cpu-linux-x64 2.10.0, or name a folder of libtorch 2.10 by {Variable}"
                );
        }
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(named));
        return new[] { folder, Path.Combine(folder, "lib") }.FirstOrDefault(Holds)
            ?? throw LibtorchException.Because(
                $"{Variable} is '{named}', but neither it nor its folder lib holds {Library}"
            );
    }

    /// <summary>The libraries that a folder has, in the order in which they are loaded.</summary>
    internal static IEnumerable<string> Libraries(string folder) =>
        names.Select(name => Path.Combine(folder, name)).Where(File.Exists);

    private static bool Holds(string folder) => File.Exists(Path.Combine(folder, Library));
}
