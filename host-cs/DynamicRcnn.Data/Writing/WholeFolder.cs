namespace DynamicRcnn.Data;

/// <summary>A folder that is there whole or not at all.</summary>
internal static class WholeFolder
{
    /// <summary>
    /// Fills a folder beside <paramref name="path"/>, then gives it that name; what fails or is cancelled leaves nothing.
    /// </summary>
    /// <param name="path">Is not there, or is an empty folder.</param>
    /// <param name="fill">Is given the folder to fill.</param>
    /// <exception cref="DataException">There is something at the path.</exception>
    /// <exception cref="IOException">The disk does not take it.</exception>
    internal static void Write(string path, Action<string> fill)
    {
        RequireFree(path);
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string parent = Path.GetDirectoryName(full) ?? full;
        string[] made = [.. Missing(parent)];
        Directory.CreateDirectory(parent);
        // Begins with a dot: whoever reads the folder above meanwhile passes it over.
        string unfinished = Path.Combine(parent, $".{Path.GetFileName(full)}.{Environment.ProcessId}.tmp");
        try
        {
            Directory.CreateDirectory(unfinished);
            fill(unfinished);
            RequireFree(path);
            if (Directory.Exists(full))
            {
                Directory.Delete(full);
            }
            Directory.Move(unfinished, full);
        }
        finally
        {
            if (Directory.Exists(unfinished))
            {
                Directory.Delete(unfinished, recursive: true);
            }
            foreach (string folder in made)
            {
                if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                {
                    Directory.Delete(folder);
                }
            }
        }
    }

    /// <summary>The folders of a path that are not there, the innermost first.</summary>
    private static IEnumerable<string> Missing(string? folder)
    {
        for (; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    /// <summary>Passes where nothing would be overwritten or mixed with what is there.</summary>
    /// <exception cref="DataException">There is a file, or a folder that is not empty.</exception>
    internal static void RequireFree(string path)
    {
        if (File.Exists(path))
        {
            throw new DataException($"{path}: there is a file of this name; expected a folder that is new or empty.");
        }
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).FirstOrDefault() is { } first)
        {
            throw new DataException(
                $"{path}: the folder holds {Path.GetFileName(first)}; expected one that is new or empty, so that nothing is mixed."
            );
        }
    }
}
