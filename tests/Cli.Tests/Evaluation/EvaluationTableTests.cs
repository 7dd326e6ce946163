using DynamicRcnn.Core;
using DynamicRcnn.Runs;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Evaluation;

public sealed class EvaluationTableTests
{
    private static readonly EvaluationNames Names = new(
        new Dictionary<long, string> { [1] = "ring" },
        new Dictionary<long, string>()
    );

    [Fact]
    public void A_perfect_detection_is_1_and_what_cannot_be_measured_is_a_dash()
    {
        var output = new StringWriter();
        EvaluationTable.Write(OneRing(), Names, output);
        string text = output.ToString();
        Assert.Contains("1 image, 1 box, 0 crowd regions, 1 detection\n", text, StringComparison.Ordinal);
        Assert.Contains("  AP     1.000000  IoU 0.50 to 0.95\n", text, StringComparison.Ordinal);
        Assert.Contains("  APm           -  boxes of 32 x 32", text, StringComparison.Ordinal);
        Assert.Contains(
            "at a score of 0.50 or more and an IoU of 0.50: 1 of 1 box found, 0 missed; no other detection\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "  class  boxes     AP   AP50   AP75   AP90    APs  APm  APl  AR100     F1  score\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "  ring       1  1.000  1.000  1.000  1.000  1.000    -    -  1.000  1.000   0.90\n",
            text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Precision_recall_and_F1_are_shown_by_score_and_the_best_is_named()
    {
        var output = new StringWriter();
        EvaluationTable.Write(OneRing(), Names, output);
        string text = output.ToString();
        Assert.Contains(
            "best F1 1.000 at a score of 0.90 or more: precision 1.000, recall 1.000 (IoU 0.50)\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("  score  precision  recall     F1\n", text, StringComparison.Ordinal);
        Assert.Contains("  0.90       1.000   1.000  1.000\n", text, StringComparison.Ordinal);
        output = new StringWriter();
        EvaluationTable.Write(CocoEvaluation.Evaluate([Ring], [], [1], [1]), Names, output);
        text = output.ToString();
        Assert.Contains(
            "no score has an F1 of more than 0: nothing is found at IoU 0.50\n",
            text,
            StringComparison.Ordinal
        );
        Assert.Contains("  0.90           -   0.000  0.000\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_a_name_goes_by_its_id()
    {
        var output = new StringWriter();
        EvaluationTable.Write(OneRing(), Names with { Classes = new Dictionary<long, string>() }, output);
        Assert.Contains("  id 1 ", output.ToString(), StringComparison.Ordinal);
    }

    private static EvaluationBox Ring => new(1, 1, 1, 10, 10, 20, 20, 400, false);

    private static EvaluationResult OneRing() =>
        CocoEvaluation.Evaluate([Ring], [new DetectionBox(1, 1, 10, 10, 20, 20, 0.9)], [1], [1]);
}
