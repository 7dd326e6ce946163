namespace DynamicRcnn.Cli;

/// <summary>What the machine offers to a run, as the system's own files state it.</summary>
/// <param name="Processor">Model name.</param>
/// <param name="Features">Vector instruction sets that libtorch can use, most basic first.</param>
/// <param name="Cores">Cores that this process may use.</param>
/// <param name="MemoryBytes">Physical memory.</param>
/// <param name="AvailableMemoryBytes">Memory that can be had without swapping.</param>
/// <param name="Allocator">The malloc of this process.</param>
/// <param name="Gpus">NVIDIA devices that the driver names.</param>
internal sealed record MachineReport(
    string Processor,
    IReadOnlyList<string> Features,
    int Cores,
    long MemoryBytes,
    long AvailableMemoryBytes,
    string Allocator,
    IReadOnlyList<string> Gpus
)
{
    private const string Unknown = "unknown";
    private static readonly string[] UsefulFeatures = ["avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16"];

    /// <summary>Reads the report from a proc file system; what a kernel does not tell is "unknown" or 0.</summary>
    public static MachineReport Read(string proc = "/proc")
    {
        Dictionary<string, string> processor = Fields(Path.Combine(proc, "cpuinfo"));
        Dictionary<string, string> memory = Fields(Path.Combine(proc, "meminfo"));
        var flags = processor.GetValueOrDefault("flags", "").Split(' ').ToHashSet(StringComparer.Ordinal);
        return new MachineReport(
            processor.GetValueOrDefault("model name", Unknown),
            [.. UsefulFeatures.Where(flags.Contains)],
            Environment.ProcessorCount,
            Bytes(memory, "MemTotal"),
            Bytes(memory, "MemAvailable"),
            AllocatorIn(Lines(Path.Combine(proc, "self", "maps"))),
            GpusIn(Path.Combine(proc, "driver", "nvidia", "gpus"))
        );
    }

    /// <summary>The folder that this process has loaded a shared library from; null when it has not.</summary>
    public static string? LoadedFrom(string library, string proc = "/proc")
    {
        string? line = Lines(Path.Combine(proc, "self", "maps"))
            .FirstOrDefault(line => line.Contains("/" + library, StringComparison.Ordinal));
        return line is null ? null : Path.GetDirectoryName(line[line.IndexOf('/', StringComparison.Ordinal)..]);
    }

    // "name : value" lines; of several processors the first is as good as the others.
    private static Dictionary<string, string> Fields(string path)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Lines(path))
        {
            string[] parts = line.Split(':', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2)
            {
                fields.TryAdd(parts[0], parts[1]);
            }
        }

        return fields;
    }

    private static long Bytes(Dictionary<string, string> fields, string name) =>
        long.TryParse(fields.GetValueOrDefault(name, "").Split(' ')[0], out long kibibytes) ? kibibytes * 1024 : 0;

    private static string AllocatorIn(IEnumerable<string> maps)
    {
        string? library = maps.FirstOrDefault(line =>
            line.Contains("libtcmalloc", StringComparison.Ordinal)
            || line.Contains("libjemalloc", StringComparison.Ordinal)
            || line.Contains("libmimalloc", StringComparison.Ordinal)
        );
        return library is null ? "system (glibc)" : library[library.IndexOf('/', StringComparison.Ordinal)..];
    }

    private static string[] GpusIn(string folder) =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateDirectories(folder)
                    .Order(StringComparer.Ordinal)
                    .Select(gpu => Fields(Path.Combine(gpu, "information")).GetValueOrDefault("Model", Unknown)),
            ]
            : [];

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
