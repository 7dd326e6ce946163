namespace DynamicRcnn.Data;

/// <summary>
/// The images that a COCO file names: of the folders in which they may lie, that which holds most of them. One folder for all, so that
/// another split's picture of the same name is never taken.
/// </summary>
/// <param name="root">The data set's folder, which no name may lead out of.</param>
/// <param name="candidates">The folders, the more usual first.</param>
internal sealed class CocoPictures(string root, IReadOnlyList<string> candidates)
{
    /// <summary>Names that the folder is chosen by: as many as are found quickly, from all over the file.</summary>
    private const int Sampled = 200;

    private readonly FileLookup lookup = new();

    /// <summary>The folder of the images.</summary>
    internal string Choose(IReadOnlyList<string> names)
    {
        int step = Math.Max(1, names.Count / Sampled);
        string[] sample = [.. names.Where((_, place) => place % step == 0)];
        string best = candidates[0];
        int most = 0;
        foreach (string folder in candidates)
        {
            int found = sample.Count(name => Locate(folder, name).Path is not null);
            if (found > most)
            {
                (best, most) = (folder, found);
            }
            if (found == sample.Length)
            {
                break;
            }
        }
        return best;
    }

    /// <summary>Where an image lies.</summary>
    /// <param name="folder">The chosen one.</param>
    /// <param name="name">As the file has it.</param>
    internal CocoPicture Locate(string folder, string name)
    {
        // Null where the name leads out: no file's name holds the character 0, which GetFullPath refuses.
        string? first = name.Contains('\0', StringComparison.Ordinal) ? null : Inside(folder, name);
        string? found =
            first is null ? null
            : lookup.Find(first) is { } there ? there
            : name.Contains('\\', StringComparison.Ordinal) && Inside(folder, FileLookup.Slashes(name)) is { } slashed
                ? lookup.Find(slashed)
            : null;
        if (found is not null || !FileLookup.IsRooted(name) || name.Contains('\0', StringComparison.Ordinal))
        {
            return new CocoPicture(found, first, IsGuess: false);
        }
        string? end = FileLookup
            .Ends(name)
            .Select(part => lookup.Find(Path.Combine(folder, part)))
            .FirstOrDefault(path => path is not null);
        return new CocoPicture(end, first, IsGuess: end is not null);
    }

    private string? Inside(string folder, string name)
    {
        string path = Path.GetFullPath(Path.Combine(folder, name));
        return Leads(path, folder) || Leads(path, root) ? path : null;
    }

    private static bool Leads(string path, string into) =>
        path.StartsWith(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(into)) + Path.DirectorySeparatorChar,
            StringComparison.Ordinal
        );
}

/// <summary>An image as a name leads to it.</summary>
/// <param name="Path">The file; null when there is none.</param>
/// <param name="Expected">Where it was looked for; null when the name leads out of the data set.</param>
/// <param name="IsGuess">The name is a path of another machine, whose end names the file.</param>
internal readonly record struct CocoPicture(string? Path, string? Expected, bool IsGuess);
