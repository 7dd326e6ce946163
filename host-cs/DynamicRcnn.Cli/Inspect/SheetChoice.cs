using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Which images of a large split a contact sheet shows.</summary>
internal static class SheetChoice
{
    /// <summary>All of them, or those that something is wrong with and then some from evenly spaced places, in the split's order.</summary>
    /// <param name="split">The split.</param>
    /// <param name="most">At least 1.</param>
    public static IReadOnlyList<ImageRecord> Of(InspectedSplit split, int most)
    {
        IReadOnlyList<ImageRecord> images = split.Dataset.Images;
        if (images.Count <= most)
        {
            return images;
        }
        HashSet<string> wrong = [.. split.Findings.Select(finding => finding.File)];
        int[] named = [.. Enumerable.Range(0, images.Count).Where(place => wrong.Contains(images[place].Path))];
        SortedSet<int> chosen = [.. Spread(named, most)];
        int[] others = [.. Enumerable.Range(0, images.Count).Where(place => !chosen.Contains(place))];
        chosen.UnionWith(Spread(others, most - chosen.Count));
        return [.. chosen.Select(place => images[place])];
    }

    private static IEnumerable<int> Spread(int[] places, int most) =>
        places.Length <= most
            ? places
            : Enumerable.Range(0, most).Select(k => places[(int)((long)k * places.Length / most)]);
}
