using System.Globalization;

namespace DynamicRcnn.Cli;

/// <summary>How much memory this process may have in all, and what says so.</summary>
/// <param name="Bytes">Its own included.</param>
/// <param name="Source">The file that states the lowest bound.</param>
internal sealed record MemoryLimit(long Bytes, string Source)
{
    // What version 1 of cgroups writes where there is no limit.
    private const long Unlimited = long.MaxValue / 2;

    /// <summary>The lowest of what the machine has free and what the control groups (versions 1 and 2) of this process and those above it leave; null where nothing says.</summary>
    /// <param name="root">Where the system's own files lie.</param>
    public static MemoryLimit? Read(string root = "/")
    {
        long own = Kibibytes(Path.Combine(root, "proc/self/status"), "VmRSS:") ?? 0;
        string machine = Path.Combine(root, "proc/meminfo");
        IEnumerable<MemoryLimit> ofMachine = Kibibytes(machine, "MemAvailable:") is { } free
            ? [new MemoryLimit(free + own, machine)]
            : [];
        return ofMachine.Concat(OfGroups(root, own)).MinBy(limit => limit.Bytes);
    }

    private static IEnumerable<MemoryLimit> OfGroups(string root, long own)
    {
        string mounts = Path.Combine(root, "sys/fs/cgroup");
        foreach (string line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3)
            {
                continue;
            }
            (string Mount, string Limit, string Used)? kind =
                parts[1].Length == 0 ? (mounts, "memory.max", "anon")
                : parts[1].Split(',').Contains("memory")
                    ? (Path.Combine(mounts, "memory"), "memory.limit_in_bytes", "total_rss")
                : null;
            if (kind is not { } found)
            {
                continue;
            }
            (string mount, string limit, string used) = found;
            // Inside a container the path may be the host's: then only the mount itself is there.
            for (
                string? folder = mount + parts[2];
                folder is not null && folder.Length >= mount.Length;
                folder = Path.GetDirectoryName(folder)
            )
            {
                string file = Path.Combine(folder, limit);
                if (Lines(file) is [var text, ..] && Number(text) is { } bytes and < Unlimited)
                {
                    long others = Math.Max(0, (Field(Path.Combine(folder, "memory.stat"), used) ?? own) - own);
                    yield return new MemoryLimit(bytes - others, file);
                }
            }
        }
    }

    private static long? Kibibytes(string path, string name) => Field(path, name) * 1024;

    /// <summary>The number behind a word at the beginning of a line.</summary>
    private static long? Field(string path, string name) =>
        Lines(path)
            .Select(line => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1 && words[0] == name)
            .Select(words => Number(words[1]))
            .FirstOrDefault();

    private static long? Number(string text) =>
        long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value) ? value : null;

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
