namespace DynamicRcnn.Data;

/// <summary>Things that may be wrong with every item of a large data set: the first few become findings, the last of which counts the rest.</summary>
internal sealed class FindingTally(FindingKind kind)
{
    /// <summary>As many as a report names.</summary>
    private const int Listed = 3;

    private readonly List<Finding> findings = [];

    internal IReadOnlyList<Finding> Findings => findings;

    /// <param name="file">Where.</param>
    /// <param name="place">The field or line of it.</param>
    /// <param name="text">What is wrong and what was done, without the place.</param>
    internal void Add(string file, string place, string text)
    {
        if (findings.Count < Listed)
        {
            findings.Add(new Finding(kind, file, $"{place}: {text}.") { Place = place });
        }
        else
        {
            findings[^1] = findings[^1] with { Count = findings[^1].Count + 1 };
        }
    }
}
