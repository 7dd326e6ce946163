namespace DynamicRcnn.Runs;

/// <summary>Files that grow by a line at a time.</summary>
internal static class TextLines
{
    /// <summary>Leaves the lines to keep in a file, if there is one, in one step.</summary>
    internal static void Keep(string path, Func<string, bool> keep)
    {
        if (File.Exists(path))
        {
            AtomicFile.WriteText(path, string.Concat(File.ReadLines(path).Where(keep).Select(line => line + "\n")));
        }
    }
}
