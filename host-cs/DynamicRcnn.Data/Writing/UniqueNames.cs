namespace DynamicRcnn.Data;

/// <summary>Names of files, numbered where two agree.</summary>
internal sealed class UniqueNames
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal);

    /// <summary>The name itself, or with a number behind it when it was there before.</summary>
    /// <param name="stem">The name.</param>
    /// <param name="extension">What comes behind, with its dot.</param>
    internal string Take(string stem, string extension = "")
    {
        string name = stem + extension;
        for (int number = 2; !taken.Add(name); number++)
        {
            name = $"{stem}-{number}{extension}";
        }

        return name;
    }

    /// <summary>
    /// The same of a name as a data set may have it: without control characters, which XML does not know, without spaces around it, which lists
    /// lose, and no hidden one, which readers pass over.
    /// </summary>
    internal string TakePlain(string stem)
    {
        string plain = string.Concat(
                stem.Select(letter => char.IsControl(letter) || letter is '/' or '\ufffe' or '\uffff' ? '_' : letter)
            )
            .Trim();
        return Take(plain.Length == 0 || plain[0] == '.' ? $"_{plain}" : plain);
    }
}
