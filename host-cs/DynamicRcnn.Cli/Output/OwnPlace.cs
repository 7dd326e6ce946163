using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>What a command reads is never written by it.</summary>
internal static class OwnPlace
{
    /// <summary>Passes for a file that is called like a page.</summary>
    /// <exception cref="UsageException">It has another extension than .html or .htm.</exception>
    public static void RequirePage(string option, string? output)
    {
        if (output is not null && Path.GetExtension(output).ToUpperInvariant() is not (".HTML" or ".HTM"))
        {
            throw new UsageException([$"{option} {output}: expected a file that ends in .html"]);
        }
    }

    /// <summary>Passes for a file that can be written and is none of those that are read, so that no hour's work is lost with its figures.</summary>
    /// <param name="option">The command and its option, such as <c>inspect: --json</c>.</param>
    /// <param name="output">The file that would be written; null: none.</param>
    /// <param name="inputs">Files and folders that are read; null and empty: none.</param>
    /// <exception cref="UsageException">The file is one of them, or lies in one.</exception>
    /// <exception cref="IOException">It is a folder, or its folder is not there.</exception>
    public static void Require(string option, string? output, params IEnumerable<string?> inputs)
    {
        if (output is null)
        {
            return;
        }
        if (Directory.Exists(output))
        {
            throw new IOException($"{option} {output}: the file cannot be written: it is a folder.");
        }
        if (Path.GetDirectoryName(Path.GetFullPath(output)) is { } folder && !Directory.Exists(folder))
        {
            throw new IOException($"{option} {output}: the file cannot be written: there is no folder {folder}.");
        }
        if (!File.Exists(output))
        {
            return;
        }

        string place = Path.GetFullPath(output) + '/';
        string? input = inputs.FirstOrDefault(input =>
            !string.IsNullOrEmpty(input)
            && place.StartsWith(
                Path.TrimEndingDirectorySeparator(Path.GetFullPath(input)) + '/',
                StringComparison.Ordinal
            )
        );
        if (input is not null)
        {
            throw new UsageException([
                $"{option} {output} is there already and lies in what is read, {input}; expected another place",
            ]);
        }
    }

    /// <summary>What a data set is read from.</summary>
    public static IEnumerable<string?> Of(DatasetSource source) => [source.Path, source.Train, source.Val, source.Test];
}
