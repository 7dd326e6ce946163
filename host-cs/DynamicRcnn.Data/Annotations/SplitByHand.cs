namespace DynamicRcnn.Data;

/// <summary>Finds what <c>--train</c>, <c>--val</c> and <c>--test</c> name.</summary>
internal static class SplitByHand
{
    /// <summary>The full path of a file or folder; a split's name as it is.</summary>
    internal static string Rooted(DatasetSource source, string split, string given, DatasetLayout? own) =>
        given.Length == 0 || own?.Find(given) is not null ? given : RequirePath(source, split, given, own);

    /// <summary>Reads what is named as a split: one of the data set's own, or else a file or folder.</summary>
    /// <param name="source">The data set.</param>
    /// <param name="split">The program's name for it.</param>
    /// <param name="given">What was written.</param>
    /// <param name="own">The data set's own layout; null where there is none.</param>
    /// <exception cref="DataException">There is no such thing, it may be two things, or it is no data set.</exception>
    internal static Func<Dataset> Reader(DatasetSource source, string split, string given, DatasetLayout? own)
    {
        if (own?.Find(given) is { } inOwn)
        {
            return () => own!.Read(inOwn) with { Split = split };
        }
        string path = RequirePath(source, split, given, own);
        DatasetLayout layout = DatasetReader.Recognised(path);
        string? part =
            layout.Splits.Count == 0 ? DatasetLayout.Whole
            : layout.Splits.Contains(split) ? split
            : layout.Splits is [string only] ? only
            : null;
        return part is null
            ? throw new DataException(
                $"--{split} {given}: it has the splits {string.Join(", ", layout.Splits)} and none is called {split}; name the file or folder of one."
            )
            : () => layout.Read(part) with { Split = split };
    }

    /// <summary>The file or folder of that name, from here or from the data set.</summary>
    private static string RequirePath(DatasetSource source, string split, string given, DatasetLayout? own)
    {
        string? root =
            source.Path.Length == 0 ? null
            : Directory.Exists(source.Path) ? source.Path
            : Path.GetDirectoryName(Path.GetFullPath(source.Path));
        string[] found =
        [
            .. ((string?[])[given, root is null ? null : Path.Combine(root, given)])
                .Where(Path.Exists)
                .Select(path => Path.GetFullPath(path!))
                .Distinct(StringComparer.Ordinal),
        ];
        return found switch
        {
            [string path] => path,
            [] => throw new DataException(
                $"--{split} {given}: there is no such {(own is null ? "" : "split, ")}file or folder{Choices(source, own)}."
            ),
            _ => throw new DataException(
                $"--{split} {given}: it may be {found[0]} or {found[1]}; expected one of them, by its full path."
            ),
        };
    }

    private static string Choices(DatasetSource source, DatasetLayout? own) =>
        own is { Splits.Count: > 0 } ? $"; {source.Path} has {string.Join(", ", own.Splits)}"
        : own is not null ? $"; {source.Path} is not split"
        : "";
}
