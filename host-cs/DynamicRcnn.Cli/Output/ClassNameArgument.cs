using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>What --classes says: names with commas between them, or a text file with a name a line.</summary>
internal static class ClassNameArgument
{
    /// <param name="given">As given; null = not at all.</param>
    /// <exception cref="UsageException">A name is empty or there twice.</exception>
    /// <exception cref="DataException">The file cannot be read, or is no such list.</exception>
    public static IReadOnlyList<string>? Read(string? given)
    {
        if (given is null || IsFile(given))
        {
            return given is null ? null : ClassFile.Read(given);
        }

        string[] names = given.Split(',', StringSplitOptions.TrimEntries);
        string? twice = names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return names.Contains("") || twice is not null
            ? throw new UsageException([
                $"--classes {given}: {(twice is null or "" ? "a name is empty" : $"'{twice}' is there twice")}",
            ])
            : names;
    }

    private static bool IsFile(string given) =>
        File.Exists(given)
        || (
            !given.Contains(',', StringComparison.Ordinal)
            && (given.Contains('/', StringComparison.Ordinal) || Path.HasExtension(given))
        );
}
