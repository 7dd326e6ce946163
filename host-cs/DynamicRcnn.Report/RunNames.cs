namespace DynamicRcnn.Report;

/// <summary>What runs are called: as few of the last parts of their folders as tell them apart.</summary>
internal static class RunNames
{
    /// <param name="paths">Full paths, all different.</param>
    internal static string[] Shortest(IReadOnlyList<string> paths)
    {
        string[][] parts = [.. paths.Select(path => path.Split('/', StringSplitOptions.RemoveEmptyEntries))];
        int longest = parts.Max(own => own.Length);
        for (int count = 1; count < longest; count++)
        {
            string[] names = [.. parts.Select(own => string.Join('/', own.TakeLast(count)))];
            if (names.Distinct().Count() == names.Length)
            {
                return names;
            }
        }
        return [.. paths];
    }
}
