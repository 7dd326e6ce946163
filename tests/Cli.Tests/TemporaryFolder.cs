namespace DynamicRcnn.Cli.Tests;

/// <summary>An empty folder that lives as long as a test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("drcnn-cli-").FullName;

    public string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    /// <summary>Writes a file and the folders above it.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] content)
    {
        string path = Path(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Every file below the folder with its content, to show that nothing was changed.</summary>
    public SortedDictionary<string, string> Snapshot() =>
        new(
            Directory
                .EnumerateFiles(Root, "*", SearchOption.AllDirectories)
                .ToDictionary(file => file, file => Convert.ToHexString(File.ReadAllBytes(file))),
            StringComparer.Ordinal
        );

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
