using DynamicRcnn.CommandLine;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Commands;

/// <summary>drcnn eval with the results files of public reports.</summary>
public sealed class ReportResultsTests
{
    [Theory]
    [InlineData("08-annotation-ids/annotations/instances_train.json", "08-annotation-ids/results.json", "1.000000")]
    [InlineData("11-field-types/bool/annotations/instances_train.json", "11-field-types/results.json", "1.000000")]
    [InlineData("22-results/truth.json", "22-results/good.json", "1.000000")]
    [InlineData("22-results/truth-bom.json", "22-results/bom.json", "1.000000")]
    [InlineData("22-results/truth.json", "22-results/utf16.json", "1.000000")]
    [InlineData("28-id0-eval/truth.json", "28-id0-eval/results.json", "0.721122")]
    public void Figures_are_those_of_pycocotools(string truth, string results, string ap) =>
        Assert.Matches($@"(?m)^  AP +{ap} ", Evaluate(truth, results));

    [Fact]
    public void What_the_truth_does_not_list_is_counted_and_said()
    {
        string output = Evaluate("22-results/truth.json", "22-results/zero-based.json");
        Assert.Contains(
            "warning: 3 of 6 detections have a category id that the annotations do not list (0) and take no part",
            output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(
            "warning",
            Evaluate("22-results/truth.json", "22-results/good.json"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void An_annotation_with_the_id_0_is_said_to_match_nothing() =>
        Assert.Contains(
            "warning: 1 annotation with the id 0 cannot be matched",
            Evaluate("28-id0-eval/truth.json", "28-id0-eval/results.json"),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("12-nan/truth.json", "12-nan/results.json", "[3].bbox[0] is NaN")]
    [InlineData("12-nan/annotations/instances_train.json", "12-nan/results.json", "annotations[4].area is NaN")]
    public void Numbers_that_are_none_are_named(string truth, string results, string expected) =>
        Drcnn.Refuse(ExitCode.BadInput, [expected], Arguments(truth, results));

    private static string Evaluate(string truth, string results) => Drcnn.Succeed(Arguments(truth, results));

    private static string[] Arguments(string truth, string results) =>
        [
            "eval",
            "--annotations",
            Repository.Shared("data", "reports", truth),
            "--results",
            Repository.Shared("data", "reports", results),
        ];
}
