using System.Text;

namespace DynamicRcnn.Data;

/// <summary>
/// Files that a data set consists of. One that states no bytes is taken as empty without being opened: named pipes and devices state none, and would hang
/// the program or never end. One that is too large is refused before it is read.
/// </summary>
internal static class InputFile
{
    private const long MostBytes = 1 << 30;

    private static readonly UTF8Encoding strict = new(
        encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true
    );

    /// <summary>The bytes of a file that may be opened; 0 for one that is not to be.</summary>
    /// <param name="path">Of a file or a link to one.</param>
    /// <param name="most">Bytes that are read.</param>
    /// <exception cref="IOException">It is not there, or too large.</exception>
    internal static long Length(string path, long most = MostBytes)
    {
        FileInfo file = new(Path.GetFullPath(path));
        // A link's length is that of its own text.
        FileSystemInfo? target = file.LinkTarget is null ? null : file.ResolveLinkTarget(returnFinalTarget: true);
        long length = target is null ? file.Length : new FileInfo(target.FullName).Length;
        return length <= most ? length : throw new IOException($"it has {length} bytes, and at most {most} are read.");
    }

    /// <summary>What it holds.</summary>
    internal static byte[] Bytes(string path, long most = MostBytes) =>
        Length(path, most) == 0 ? [] : File.ReadAllBytes(path);

    /// <summary>For reading.</summary>
    internal static Stream Open(string path) => Length(path) == 0 ? new MemoryStream() : File.OpenRead(path);

    /// <summary>Its text, in UTF-8, or in another form of Unicode where it begins with that form's mark.</summary>
    /// <exception cref="IOException">It cannot be read, or is in another encoding.</exception>
    internal static string Text(string path)
    {
        using StreamReader reader = new(Open(path), strict);
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException error)
        {
            throw new IOException("it is no text in UTF-8; save it as that.", error);
        }
    }

    /// <summary>The lines of its text.</summary>
    internal static string[] Lines(string path)
    {
        using StringReader reader = new(Text(path));
        List<string> lines = [];
        while (reader.ReadLine() is { } line)
        {
            lines.Add(line);
        }
        return [.. lines];
    }
}
