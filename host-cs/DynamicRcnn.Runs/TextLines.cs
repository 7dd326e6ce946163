namespace DynamicRcnn.Runs;

/// <summary>Files that grow by a line at a time.</summary>
internal static class TextLines
{
    /// <summary>Leaves the lines to keep in a file, if there is one, in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kept">What a line becomes; null: it goes.</param>
    internal static void Keep(string path, Func<string, string?> kept)
    {
        if (File.Exists(path))
        {
            AtomicFile.WriteText(
                path,
                string.Concat(File.ReadLines(path).Select(kept).OfType<string>().Select(line => line + "\n"))
            );
        }
    }
}
