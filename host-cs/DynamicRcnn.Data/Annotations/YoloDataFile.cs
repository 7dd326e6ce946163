namespace DynamicRcnn.Data;

/// <summary>A YOLO data.yaml: the names of the classes and, where it says so, the images of each split.</summary>
/// <param name="File">Its path.</param>
/// <param name="Names">In label order.</param>
/// <param name="Splits">Folders of images, or lists of them, by split; the folders may not exist.</param>
/// <param name="Root">The other folder that <c>path</c> names; empty where it names none, or none that is there.</param>
/// <param name="Notes">Places that are named and not there.</param>
internal sealed record YoloDataFile(
    string File,
    IReadOnlyList<string> Names,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Splits,
    string Root,
    IReadOnlyList<Finding> Notes
)
{
    /// <summary>What tools call it; another file in the folder is one when it is the only one that names classes and a split.</summary>
    private static readonly string[] FileNames = ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"];

    private static readonly string[] Extensions = [".yaml", ".yml"];

    private static readonly HashSet<string> keys = ["names", "nc", "path", .. DatasetLayout.SplitFolders];

    internal static string? Find(string folder) =>
        FolderNames.File(folder, FileNames)
        ?? (
            Extensions.SelectMany(extension => FolderNames.Files(folder, extension)).Take(2).ToArray() is [string only]
            && NamesASplit(only)
                ? only
                : null
        );

    /// <exception cref="DataException">The file has no names, or not one for each number from 0.</exception>
    internal static YoloDataFile Read(string file)
    {
        Dictionary<string, IReadOnlyList<YamlItem>> entries = YamlText.Read(file, keys);
        string[] names = ReadNames(file, entries);
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string root = FileLookup.Slashes(Scalar(entries, "path") ?? "");
        Dictionary<string, IReadOnlyList<string>> splits = new(StringComparer.Ordinal);
        FindingTally notes = new(FindingKind.OtherPlace);
        string[] given = [.. DatasetLayout.SplitFolders.Where(key => entries.GetValueOrDefault(key, []).Count > 0)];
        foreach ((string key, string split) in given.Zip(DatasetLayout.NamesOf(given)))
        {
            IReadOnlyList<YamlItem> items = entries[key];
            string[] sources = [.. items.Select(item => Resolve(own, root, item.Text))];
            if (
                items.Zip(sources).FirstOrDefault(pair => IsElsewhere(own, root, pair)) is
                ({ Text: not null } item, var taken)
            )
            {
                notes.Add(file, $"{file}: {key}", $"'{item.Text}' is not in the path '{root}'; {taken} is taken");
            }
            // Many files name a test split that is not there; nobody misses it.
            if (key != "test" || sources.All(Path.Exists))
            {
                splits.Add(split, sources);
            }
            else
            {
                notes.Add(file, $"{file}: {key}", $"'{items[0].Text}' does not exist; there is no split {split}");
            }
        }
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(own, root)));
        return new YoloDataFile(file, names, splits, full != own && Directory.Exists(full) ? full : "", notes.Findings);
    }

    /// <summary>Whether a source was found although it is not where <c>path</c> says.</summary>
    private static bool IsElsewhere(string own, string root, (YamlItem Item, string Source) pair) =>
        root.Length > 0
        && Path.Exists(pair.Source)
        && pair.Source != Path.GetFullPath(Path.Combine(own, root, FileLookup.Slashes(pair.Item.Text)));

    private static string? Scalar(Dictionary<string, IReadOnlyList<YamlItem>> entries, string key) =>
        entries.TryGetValue(key, out IReadOnlyList<YamlItem>? items) && items.Count > 0
            ? string.Join(", ", items.Select(item => item.Text))
            : null;

    private static bool NamesASplit(string file)
    {
        string[] words = [.. AnnotationText.Lines(file).Select(line => line.Split(':')[0])];
        return words.Contains("names") && DatasetLayout.SplitFolders.Any(split => words.Contains(split));
    }

    private static string[] ReadNames(string file, Dictionary<string, IReadOnlyList<YamlItem>> entries)
    {
        IReadOnlyList<YamlItem> items = entries.GetValueOrDefault("names", []);
        if (items.Count == 0)
        {
            throw new DataException($"{file}: names is missing or empty; expected the names of the classes.");
        }
        string[] names = [.. items.Select(_ => "")];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int i = 0; i < items.Count; i++)
        {
            YamlItem item = items[i];
            string place = item.Key ?? $"{i}";
            if (!int.TryParse(place, out int label) || label < 0 || label >= names.Length || names[label].Length > 0)
            {
                throw new DataException(
                    $"{file}: line {item.Line}, in names, has the key {AnnotationText.Quote(place)}; "
                        + $"expected each number from 0 to {names.Length - 1} once."
                );
            }
            if (item.Text.Length == 0 || !seen.Add(item.Text))
            {
                throw new DataException(
                    $"{file}: line {item.Line}, in names, is {AnnotationText.Quote(item.Text)}; expected each class name once."
                );
            }
            names[label] = item.Text;
        }
        string? count = Scalar(entries, "nc");
        return count is null || count == $"{names.Length}"
            ? names
            : throw new DataException(
                $"{file}: nc is {AnnotationText.Quote(count)}, but names holds {names.Length}; expected the same number."
            );
    }

    /// <summary>
    /// Paths start from <c>path</c>, which starts from the file. Exports that name <c>../train/images</c> mean the folder of the file.
    /// </summary>
    private static string Resolve(string own, string root, string written)
    {
        string path = FileLookup.Slashes(written);
        int up = 0;
        while (path.AsSpan(up).StartsWith("../", StringComparison.Ordinal))
        {
            up += 3;
        }
        string inOwn = path[up..];
        string[] candidates = [Path.Combine(own, root, path), Path.Combine(own, path), Path.Combine(own, inOwn)];
        return Path.GetFullPath(candidates.FirstOrDefault(Path.Exists) ?? candidates[0]);
    }
}
