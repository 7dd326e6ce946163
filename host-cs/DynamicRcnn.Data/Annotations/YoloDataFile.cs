namespace DynamicRcnn.Data;

/// <summary>A YOLO data.yaml: the names of the classes and, where it says so, the images of each split.</summary>
/// <param name="File">Its path.</param>
/// <param name="Names">In label order.</param>
/// <param name="Splits">Folders of images, or lists of them, by split; the folders may not exist.</param>
internal sealed record YoloDataFile(
    string File,
    IReadOnlyList<string> Names,
    IReadOnlyDictionary<string, IReadOnlyList<string>> Splits
)
{
    /// <summary>What tools call it; another file in the folder is one when it is the only one that names classes and a split.</summary>
    private static readonly string[] FileNames = ["data.yaml", "data.yml", "dataset.yaml", "dataset.yml"];

    private static readonly string[] Extensions = [".yaml", ".yml"];

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
        Dictionary<string, YamlEntry> entries = YamlText.Read(file);
        string[] names = ReadNames(file, entries);
        string own = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string root = entries.TryGetValue("path", out YamlEntry? path) ? YamlText.Scalar(path) ?? "" : "";
        Dictionary<string, IReadOnlyList<string>> splits = new(StringComparer.Ordinal);
        foreach (string key in DatasetLayout.SplitFolders)
        {
            if (entries.TryGetValue(key, out YamlEntry? entry) && YamlText.Scalar(entry) is not null)
            {
                string[] sources = [.. YamlText.Items(entry).Select(item => Resolve(own, root, item.Text))];
                // Many files name a test split that is not there; nobody misses it.
                if (key != "test" || sources.All(Path.Exists))
                {
                    splits.TryAdd(DatasetLayout.SplitOf(key), sources);
                }
            }
        }
        return new YoloDataFile(file, names, splits);
    }

    private static bool NamesASplit(string file)
    {
        string[] keys = [.. AnnotationText.Lines(file).Select(line => line.Split(':')[0])];
        return keys.Contains("names") && DatasetLayout.SplitFolders.Any(split => keys.Contains(split));
    }

    private static string[] ReadNames(string file, Dictionary<string, YamlEntry> entries)
    {
        IReadOnlyList<YamlItem> items = entries.TryGetValue("names", out YamlEntry? entry) ? YamlText.Items(entry) : [];
        if (items.Count == 0)
        {
            throw new DataException($"{file}: names is missing or empty; expected the names of the classes.");
        }
        string[] names = [.. items.Select(_ => "")];
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
            if (item.Text.Length == 0 || names.Contains(item.Text, StringComparer.Ordinal))
            {
                throw new DataException(
                    $"{file}: line {item.Line}, in names, is {AnnotationText.Quote(item.Text)}; expected each class name once."
                );
            }
            names[label] = item.Text;
        }
        string? count = entries.TryGetValue("nc", out YamlEntry? stated) ? YamlText.Scalar(stated) : null;
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
