namespace DynamicRcnn.Torch.Interop;

/// <summary>Where libtorch is: <c>DRCNN_LIBTORCH</c>, then <c>libtorch/lib</c> beside the program, then wherever the system looks.</summary>
internal static class LibtorchFolder
{
    internal const string Variable = "DRCNN_LIBTORCH";

    /// <summary>
    /// In the order in which they depend on each other. Nothing of ours need link to the CUDA ones, and their operators register themselves as
    /// they are loaded, so a CUDA libtorch is loaded whole.
    /// </summary>
    private static readonly string[] names =
    [
        "libc10.so",
        "libc10_cuda.so",
        "libtorch_cpu.so",
        "libtorch_cuda.so",
        "libtorch.so",
    ];

    /// <param name="named">The variable's value: the folder of the libraries or the one above it.</param>
    /// <param name="program">The program's folder.</param>
    /// <returns>null: the system's own libtorch.</returns>
    /// <exception cref="LibtorchException">The variable names a folder without libtorch.</exception>
    internal static string? Find(string? named, string program)
    {
        if (string.IsNullOrEmpty(named))
        {
            return Holding(Path.Combine(program, "libtorch"));
        }
        return Holding(named)
            ?? throw LibtorchException.Because(
                $"{Variable} is '{named}', but neither it nor its folder lib holds libtorch_cpu.so"
            );
    }

    /// <summary>The libraries that a folder has and that are loaded before ours, versioned names included (libtorch_cpu.so.1.13).</summary>
    internal static IEnumerable<string> Libraries(string folder) =>
        names.SelectMany(name => Named(folder, name).Take(1));

    private static string? Holding(string folder) =>
        new[] { folder, Path.Combine(folder, "lib") }.FirstOrDefault(candidate =>
            Directory.Exists(candidate) && Named(candidate, "libtorch_cpu.so").Any()
        );

    private static IEnumerable<string> Named(string folder, string name) =>
        Directory.EnumerateFiles(folder, name + "*").Order(StringComparer.Ordinal);
}
