namespace DynamicRcnn.Cli;

/// <summary>Which files are videos, by their names.</summary>
internal static class VideoNames
{
    /// <summary>The extension of the videos that are written.</summary>
    public const string Written = ".mp4";

    private static readonly string[] extensions =
    [
        .. new[] { Written, ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".wmv", ".flv" },
        .. new[] { ".3gp", ".ogv", ".gif" },
    ];

    /// <summary>Whether a file is one.</summary>
    public static bool IsVideo(string path) =>
        extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
}
