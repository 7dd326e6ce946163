namespace DynamicRcnn.Model.Tests;

internal static class Repository
{
    /// <summary>The folder with the solution, above the tests' programs.</summary>
    public static string Folder()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "DynamicRcnn.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder!;
    }
}
