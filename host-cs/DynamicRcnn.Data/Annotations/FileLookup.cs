using System.Collections.Concurrent;

namespace DynamicRcnn.Data;

/// <summary>
/// Finds the files that annotations name. A name that is not there as written may be there in Unicode's other form; the case of folders
/// and of the extension does not matter, that of the name does, since it may tell two files apart. May be called from any thread.
/// </summary>
internal sealed class FileLookup
{
    private readonly ConcurrentDictionary<string, ILookup<string, string>> listings = new(StringComparer.Ordinal);

    /// <summary>The file's path; null when there is none, or more than one that may be meant.</summary>
    internal string? Find(string path)
    {
        if (File.Exists(path))
        {
            return path;
        }
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            return null; // no file's name holds it
        }
        string? parent = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(parent) || Folder(parent) is not { } folder
            ? null
            : In(folder, Path.GetFileName(path));
    }

    /// <summary>The name with slashes, where it was written on Windows.</summary>
    internal static string Slashes(string name) => name.Replace('\\', '/');

    /// <summary>Whether a name starts from the root of some machine.</summary>
    internal static bool IsRooted(string name) =>
        name.StartsWith('/')
        || name.StartsWith('\\')
        || name.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
        || (name.Length > 2 && char.IsAsciiLetter(name[0]) && name[1] == ':' && name[2] is '/' or '\\');

    /// <summary>The ends of a path of another machine, the longest first: <c>/home/me/a/b.png</c> may be <c>a/b.png</c> here.</summary>
    internal static IEnumerable<string> Ends(string name)
    {
        string[] parts = Slashes(name).Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Enumerable
            .Range(0, parts.Length)
            .Select(first => string.Join('/', parts[first..]))
            .Where(end => !end.Split('/').Contains(".."));
    }

    private string? In(string folder, string name)
    {
        string wanted = CanonicalForm.Decomposed(name);
        string stem = Path.GetFileNameWithoutExtension(wanted);
        string[] same =
        [
            .. Alike(folder, wanted)
                .Where(found =>
                    File.Exists(found) && CanonicalForm.Decomposed(Path.GetFileNameWithoutExtension(found)) == stem
                ),
        ];
        return same.Length == 1 ? same[0] : null;
    }

    private string? Folder(string path)
    {
        if (Directory.Exists(path))
        {
            return path;
        }
        string? parent = Path.GetDirectoryName(path);
        if (string.IsNullOrEmpty(parent) || Folder(parent) is not { } folder)
        {
            return null;
        }
        string[] alike = [.. Alike(folder, CanonicalForm.Decomposed(Path.GetFileName(path))).Where(Directory.Exists)];
        return alike.Length == 1 ? alike[0] : null;
    }

    private IEnumerable<string> Alike(string folder, string decomposed) =>
        listings.GetOrAdd(folder, List)[decomposed.ToUpperInvariant()];

    private static ILookup<string, string> List(string folder) =>
        Directory
            .EnumerateFileSystemEntries(folder)
            .ToLookup(
                entry => CanonicalForm.Decomposed(Path.GetFileName(entry)).ToUpperInvariant(),
                StringComparer.Ordinal
            );
}
