using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Chooses the files that annotated pictures go to.</summary>
internal static class PictureNames
{
    /// <summary>One file in <paramref name="folder"/> for each image: its name with <c>.jpg</c> (a video's with <c>.mp4</c>), numbered where two agree.</summary>
    /// <exception cref="UsageException">A picture would replace one of the images, or another file.</exception>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> images, string folder)
    {
        var inputs = images.Select(RealPath).ToHashSet(StringComparer.Ordinal);
        var names = new UniqueNames();
        var pictures = new List<string>(images.Count);
        foreach (string image in images)
        {
            string extension = VideoNames.IsVideo(image) ? VideoNames.Written : ".jpg";
            string name = names.Take(Path.GetFileNameWithoutExtension(image), extension);
            string picture = Path.Combine(folder, name);
            if (inputs.Contains(RealPath(picture)))
            {
                throw new UsageException([
                    $"{picture}: the annotated picture would replace an input image; choose another --out",
                ]);
            }

            RequireFree(picture);

            pictures.Add(picture);
        }

        return pictures;
    }

    /// <summary>Passes when nothing would be overwritten.</summary>
    /// <exception cref="UsageException">There is such a file.</exception>
    public static void RequireFree(string path)
    {
        if (Path.Exists(path))
        {
            throw new UsageException([$"{path}: there is such a file already; choose another --out"]);
        }
    }

    // Follows links of the file and of the folders above it, so that two names of one file are recognised.
    private static string RealPath(string path)
    {
        string full = Path.GetFullPath(path);
        FileSystemInfo entry = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        string? target = entry.Exists ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName : null;
        if (target is not null)
        {
            return RealPath(target);
        }

        string? parent = Path.GetDirectoryName(full);
        return parent is null ? full : Path.Combine(RealPath(parent), Path.GetFileName(full));
    }
}
