using System.IO.Enumeration;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Turns the image arguments of <c>predict</c> (files, folders, patterns) into a list of files.</summary>
internal static class ImageArguments
{
    /// <summary>Stands for what the input lists.</summary>
    private const string Input = "-";

    /// <summary>The arguments with the lines of the input, each an argument too, where <c>-</c> stands.</summary>
    /// <exception cref="FileNotFoundException">The input lists nothing.</exception>
    public static IReadOnlyList<string> Listed(IEnumerable<string> arguments, TextReader? input)
    {
        List<string> listed = [];
        foreach (string argument in arguments)
        {
            if (argument != Input)
            {
                listed.Add(argument);
                continue;
            }

            int before = listed.Count;
            while (input?.ReadLine() is { } line)
            {
                if (line.Length > 0)
                {
                    listed.Add(line);
                }
            }

            if (listed.Count == before)
            {
                throw new FileNotFoundException($"{Input}: the input lists no file; expected a name in each line");
            }
        }

        return listed;
    }

    /// <summary>The named files, each once, in the order of the arguments; inside a folder or pattern in name order.</summary>
    /// <exception cref="FileNotFoundException">An argument names no file; the sentence says which and why.</exception>
    public static IReadOnlyList<string> Expand(IEnumerable<string> arguments)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var files = new List<string>();
        foreach (string file in arguments.SelectMany(ExpandOne))
        {
            if (seen.Add(Path.GetFullPath(file)))
            {
                files.Add(file);
            }
        }

        return files;
    }

    private static IReadOnlyList<string> ExpandOne(string argument)
    {
        if (File.Exists(argument))
        {
            return [argument];
        }

        if (Directory.Exists(argument))
        {
            string[] images = [.. Sorted(Directory.EnumerateFiles(argument)).Where(ImageNames.IsImage)];
            return images.Length > 0
                ? images
                : throw new FileNotFoundException(
                    $"{argument}: the folder holds no image (expected {string.Join(", ", ImageNames.Extensions)})"
                );
        }

        if (!IsPattern(argument))
        {
            throw new FileNotFoundException($"{argument}: no such file or folder");
        }

        string[] matches = [.. Matches(argument).Where(File.Exists)];
        return matches.Length > 0
            ? matches
            : throw new FileNotFoundException($"{argument}: the pattern matches no file");
    }

    private static bool IsPattern(string argument) => argument.AsSpan().IndexOfAny('*', '?') >= 0;

    // Segment by segment, so that a pattern may stand in any of them: "shots/*/frame_0?.png".
    private static IEnumerable<string> Matches(string pattern)
    {
        string[] segments = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> found = [pattern.StartsWith('/') ? "/" : ""];
        foreach (string segment in segments)
        {
            found = IsPattern(segment)
                ? found.SelectMany(folder => Children(folder, segment))
                : found.Select(folder => Path.Combine(folder, segment));
        }

        return found;
    }

    private static IEnumerable<string> Children(string folder, string pattern)
    {
        string listed = folder.Length == 0 ? "." : folder;
        return Directory.Exists(listed)
            ? Sorted(Directory.EnumerateFileSystemEntries(listed))
                .Select(entry => Path.GetFileName(entry))
                .Where(name => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false))
                .Select(name => Path.Combine(folder, name))
            : [];
    }

    private static IEnumerable<string> Sorted(IEnumerable<string> paths) => paths.Order(StringComparer.Ordinal);
}
