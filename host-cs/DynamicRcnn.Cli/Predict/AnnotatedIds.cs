using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>The ids that a COCO file gives to images and classes, by their names.</summary>
internal sealed class AnnotatedIds
{
    private readonly string file;
    private readonly Dictionary<string, long> images = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> categories = new(StringComparer.Ordinal);

    private AnnotatedIds(string file, CocoGroundTruth truth)
    {
        this.file = file;
        foreach (Core.CocoImage image in truth.Images)
        {
            images.TryAdd(Plain(image.FileName), image.Id);
        }

        foreach (CocoCategory category in truth.Categories)
        {
            categories.TryAdd(category.Name, category.Id);
        }
    }

    /// <summary>The ids of a file.</summary>
    /// <exception cref="DataException">It is no COCO file.</exception>
    public static AnnotatedIds Read(string file) => new(file, EvalResultsCommand.Require(CocoTruth.Read(file)));

    /// <summary>Passes when some image is in the file, and no two are the same one of it.</summary>
    /// <exception cref="UsageException">None is, or two are.</exception>
    public void RequireFor(IEnumerable<string> named)
    {
        (string Name, long Id)[] known =
        [
            .. named
                .Select(name => (name, ImageOf(name)))
                .Where(pair => pair.Item2 is not null)
                .Select(pair => (pair.name, pair.Item2!.Value)),
        ];
        if (known.GroupBy(pair => pair.Id).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new UsageException([
                $"predict: --annotations {file}: {string.Join(" and ", twice.Take(2).Select(pair => pair.Name))} are both its image {twice.Key}; expected each of its images once",
            ]);
        }

        if (known.Length == 0)
        {
            throw new UsageException([
                $"predict: --annotations {file}: none of its images is among those that are looked at; expected some file_name that a path ends with",
            ]);
        }
    }

    /// <summary>The image whose file_name is the longest end of a path; null: none.</summary>
    public long? ImageOf(string path)
    {
        string full = Path.GetFullPath(path);
        for (int start = 1; start > 0; start = full.IndexOf('/', start) + 1)
        {
            if (images.TryGetValue(full[start..], out long id))
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>A file_name without its root, a leading <c>./</c> or <c>file://</c>.</summary>
    private static string Plain(string name)
    {
        string slashes = name.Replace('\\', '/');
        string path = slashes.StartsWith("file://", StringComparison.Ordinal) ? slashes["file://".Length..] : slashes;
        while (path.StartsWith("./", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        return path.TrimStart('/');
    }

    /// <summary>The class of that name; null: none.</summary>
    public long? CategoryOf(ClassName name) => categories.TryGetValue(name.Name, out long id) ? id : null;
}
