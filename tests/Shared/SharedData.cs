namespace DynamicRcnn.Tests;

/// <summary>The real data beside the repository.</summary>
internal static class SharedData
{
    /// <summary>A path below it; the test is skipped where that data is not there.</summary>
    public static string Folder(params string[] parts)
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "DynamicRcnn.sln")))
        {
            root = Path.GetDirectoryName(root);
        }
        string data = Path.Combine(root!, "..", "shared", "data");
        if (!Directory.Exists(data))
        {
            Xunit.Assert.Skip("../shared/data is not beside the repository.");
        }
        return Path.GetFullPath(Path.Combine([data, .. parts]));
    }
}
