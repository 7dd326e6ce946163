using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Inspect;

public sealed class FindingReportTests
{
    private static readonly Finding[] Five =
    [
        .. Enumerable.Range(1, 4).Select(i => new Finding(FindingKind.ZeroAreaBox, "f.json", $"box {i} has no area.")),
        new(FindingKind.MissingImage, "f.json", "a.jpg does not exist."),
    ];

    [Fact]
    public void Findings_are_counted_by_kind_and_the_first_three_of_a_kind_are_named()
    {
        string text = Written(all: false);
        Assert.StartsWith("5 findings: 4 box without area, 1 missing image\n", text, StringComparison.Ordinal);
        Assert.Contains("box 3 has no area.", text, StringComparison.Ordinal);
        Assert.DoesNotContain("box 4 has no area.", text, StringComparison.Ordinal);
        Assert.Contains("and 1 more", text, StringComparison.Ordinal);
        Assert.Contains("missing image: a.jpg does not exist.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void All_findings_are_named_when_asked_for()
    {
        Assert.Contains("box 4 has no area.", Written(all: true), StringComparison.Ordinal);
    }

    private static string Written(bool all)
    {
        var output = new StringWriter();
        FindingReport.Write(Five, all, output);
        return output.ToString();
    }
}
