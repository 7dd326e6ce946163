using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Writes what inspect --json asks for.</summary>
internal static class InspectJson
{
    /// <summary>Places of a kind that are named; copies are all, for somebody has to look at each.</summary>
    private const int Named = 3;

    /// <summary>Replaces the file in one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="splits">What was inspected.</param>
    /// <param name="refusal">The sentence about a split that cannot be read at all; null: none.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<InspectedSplit> splits, Finding? refusal)
    {
        IEnumerable<Finding> findings = splits.SelectMany(split => split.Findings);
        AtomicFile.WriteJson(
            path,
            new
            {
                splits = splits.Select(OfSplit),
                findings = FindingReport
                    .ByKind([.. findings, .. refusal is null ? [] : (Finding[])[refusal]])
                    .Select(OfKind),
            }
        );
    }

    private static object OfSplit(InspectedSplit split)
    {
        GroundTruthBox[] boxes = [.. split.Dataset.Images.SelectMany(image => image.Boxes)];
        int crowds = boxes.Count(box => box.Crowd && !box.Difficult);
        return new
        {
            name = split.Name,
            images = split.Dataset.Images.Count,
            boxes = boxes.Length - crowds,
            crowd = crowds,
            turned = split.Dataset.TurnedImages,
        };
    }

    private static object OfKind(IGrouping<FindingKind, Finding> kind)
    {
        string advice = FindingAdvice.Of(kind.Key);
        return new
        {
            kind = FindingReport.Words(kind.Key),
            count = FindingReport.Total(kind),
            places = kind.Take(kind.Key == FindingKind.CopiedImage ? int.MaxValue : Named)
                .Select(finding => finding.Place),
            advice = $"{kind.First().Message} {char.ToUpperInvariant(advice[0])}{advice[1..]}",
            error = kind.Key == FindingKind.Refused,
        };
    }
}
