using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Says what is wrong with a data set: each kind counted, the first few named.</summary>
internal static class FindingReport
{
    /// <summary>Findings of a kind that are named unless all are asked for.</summary>
    private const int Named = 3;

    /// <summary>One line: "12 findings: 10 zero area box, 2 missing image", or that there are none.</summary>
    public static string Sentence(IReadOnlyList<Finding> findings) =>
        findings.Count == 0
            ? "no findings"
            : $"{Amount.Count(Total(findings), "finding")}: "
                + string.Join(", ", ByKind(findings).Select(kind => $"{Total(kind)} {Words(kind.Key)}"));

    /// <summary>The sentence, then each kind with its first findings, or with all of them, and what to do.</summary>
    public static void Write(IReadOnlyList<Finding> findings, bool all, TextWriter output)
    {
        output.WriteLine(Sentence(findings));
        foreach (IGrouping<FindingKind, Finding> kind in ByKind(findings))
        {
            Finding[] named = [.. all ? kind : kind.Take(Named)];
            foreach (Finding finding in named)
            {
                output.WriteLine($"  {Words(kind.Key)}: {finding.Message}");
            }

            int more = Total(kind) - named.Length;
            if (more > 0)
            {
                output.WriteLine($"  {Words(kind.Key)}: and {more} more");
            }

            output.WriteLine($"    what to do: {FindingAdvice.Of(kind.Key)}");
        }
    }

    /// <summary>What was found, counting what some of the findings stand for.</summary>
    public static int Total(IEnumerable<Finding> findings) => findings.Sum(finding => finding.Count);

    /// <summary>The findings of each kind.</summary>
    public static IOrderedEnumerable<IGrouping<FindingKind, Finding>> ByKind(IEnumerable<Finding> findings) =>
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
            FindingKind.MissingBox => "missing box",
            FindingKind.RenumberedId => "renumbered id",
            FindingKind.BoxFromPolygon => "box from a polygon",
            FindingKind.SizeFromHeader => "image size not stated",
            FindingKind.SharedFile => "file name of two images",
            FindingKind.ExtraColumns => "columns that are not read",
            FindingKind.ForeignPath => "path of another machine",
            FindingKind.OtherPlace => "place that is not there",
            FindingKind.PassedOver => "data passed over",
            FindingKind.Unannotated => "image without annotations",
            FindingKind.SharedImage => "image of two splits",
            FindingKind.CopiedImage => "copy of another split's picture",
            FindingKind.ClassName => "odd class name",
            FindingKind.OddValue => "odd value",
            FindingKind.NoPicture => "file that is no picture",
            FindingKind.JpegEnd => "odd end of a JPEG",
            FindingKind.TurnedImage => "turned image",
            FindingKind.MissingClasses => "class that a split lacks",
            FindingKind.Refused => "error",
            _ => kind.ToString(),
        };
}
