namespace DynamicRcnn.Cli.Tests;

/// <summary>Files of the repository and beside it.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>A path below the shared data; skips the test where that data is not there.</summary>
    public static string Shared(params string[] parts)
    {
        string path = Path.GetFullPath(Path.Combine([Root, "..", "shared", .. parts]));
        if (!Path.Exists(path))
        {
            Xunit.Assert.Skip($"needs {string.Join('/', parts)} of the shared data beside the repository");
        }

        return path;
    }

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DynamicRcnn.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the tests run outside the repository");
    }
}
