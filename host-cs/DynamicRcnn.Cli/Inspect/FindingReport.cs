using DynamicRcnn.Cli.Output;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli.Inspect;

/// <summary>Says what is wrong with a data set: each kind counted, the first few named.</summary>
internal static class FindingReport
{
    /// <summary>Findings of a kind that are named unless all are asked for.</summary>
    private const int Named = 3;

    /// <summary>One line: "12 findings: 10 zero area box, 2 missing image", or that there are none.</summary>
    public static string Sentence(IReadOnlyList<Finding> findings) =>
        findings.Count == 0
            ? "no findings"
            : $"{Amount.Count(findings.Count, "finding")}: "
                + string.Join(", ", ByKind(findings).Select(kind => $"{kind.Count()} {Words(kind.Key)}"));

    /// <summary>The sentence, then each kind with its first findings, or with all of them.</summary>
    public static void Write(IReadOnlyList<Finding> findings, bool all, TextWriter output)
    {
        output.WriteLine(Sentence(findings));
        foreach (IGrouping<FindingKind, Finding> kind in ByKind(findings))
        {
            int count = kind.Count();
            int named = all ? count : Math.Min(count, Named);
            foreach (Finding finding in kind.Take(named))
            {
                output.WriteLine($"  {Words(kind.Key)}: {finding.Message}");
            }

            if (named < count)
            {
                output.WriteLine($"  {Words(kind.Key)}: and {count - named} more");
            }
        }
    }

    private static IOrderedEnumerable<IGrouping<FindingKind, Finding>> ByKind(IEnumerable<Finding> findings) =>
        findings.GroupBy(finding => finding.Kind).OrderBy(kind => kind.Key);

    /// <summary>A kind as people call it.</summary>
    public static string Words(FindingKind kind) =>
        kind switch
        {
            FindingKind.ZeroAreaBox => "box without area",
            FindingKind.BoxOutside => "box outside its image",
            FindingKind.UnknownCategory => "unknown category",
            FindingKind.UnknownImage => "unknown image",
            FindingKind.DuplicateId => "duplicate id",
            FindingKind.DuplicateBox => "duplicate box",
            FindingKind.MissingImage => "missing image",
            FindingKind.UndecodableImage => "undecodable image",
            FindingKind.SizeMismatch => "wrong image size",
            FindingKind.NameOutsideFolder => "name outside the folder",
            FindingKind.UnreadableLabel => "unreadable label",
            FindingKind.TurnedImage => "turned image",
            _ => kind.ToString(),
        };
}
