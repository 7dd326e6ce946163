using DynamicRcnn.Core;
using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Inspect;

public sealed class CountSuggestionTests
{
    private static readonly Config config = Presets.TryFind("r18-small").ResultValue.Config;

    [Fact]
    public void As_many_boxes_as_in_coco_get_the_paper_s_counts()
    {
        CountSuggestion suggestion = CountSuggestion.For(Images(7, 7, 8), config)!;
        Assert.Equal(75, suggestion.TopIoUCount);
        Assert.Equal(10, suggestion.LowErrorCount);
    }

    [Fact]
    public void More_boxes_get_more_and_few_boxes_never_less_than_the_least()
    {
        CountSuggestion many = CountSuggestion.For(Images(14, 15), config)!;
        Assert.Equal(150, many.TopIoUCount);
        Assert.Equal(20, many.LowErrorCount);
        CountSuggestion one = CountSuggestion.For(Images(0, 1, 1), config)!;
        Assert.Equal(10, one.TopIoUCount);
        Assert.Equal(2, one.LowErrorCount);
    }

    [Fact]
    public void A_dead_rule_is_not_suggested_and_the_arguments_can_be_pasted()
    {
        // A count of 3 an image, and more than half of the pairs have 6 boxes.
        CountSuggestion suggestion = CountSuggestion.For(Images(1, 1, 3, 3, 3, 3, 3, 3), config)!;
        Assert.Contains(suggestion.Shares, share => share.IsDead);
        Assert.True(suggestion.Rule.IsProposalsOnly);
        using var output = new StringWriter();
        suggestion.Write(config, output);
        string text = output.ToString();
        Assert.Contains($"--set dynamic.topIoUCount={suggestion.TopIoUCount}", text, StringComparison.Ordinal);
        Assert.Contains($"--set dynamic.lowErrorCount={suggestion.LowErrorCount}", text, StringComparison.Ordinal);
        Assert.Contains("% of the batches under Official, at most ", text, StringComparison.Ordinal);
        Assert.DoesNotContain("PerOverlap", text, StringComparison.Ordinal); // it cost AP where it was trained
    }

    [Theory]
    [InlineData(128, 30)] // the recorded rank below 32
    [InlineData(24, 6)]
    [InlineData(2, 1)]
    public void In_a_cascade_the_rank_is_one_among_what_a_stage_hands_on(int rois, int expected)
    {
        string[] sets = [$"model.roiHead.roisPerImage={rois}", "dynamic.topIoUCount=1", "dynamic.lowErrorCount=1"];
        Config cascade = ConfigText.Resolve(new ConfigSources("r50-c4-small-cascade", [], sets, [])).Value.Config;
        CountSuggestion suggestion = CountSuggestion.For(Images(14, 15), cascade)!;
        Assert.InRange(suggestion.TopIoUCount, 1, Math.Max(1, rois / 4));
        Assert.Equal(expected, suggestion.TopIoUCount);
        Assert.InRange(suggestion.LowErrorCount, 1, suggestion.TopIoUCount);
        using var output = new StringWriter();
        suggestion.Write(cascade, output);
        Assert.Contains($"at most {Math.Max(1, rois / 4)} are positives", output.ToString(), StringComparison.Ordinal);
        using var other = new StringWriter();
        CountSuggestion.For(Images(14, 15), config)!.Write(config, other);
        Assert.DoesNotContain("are positives", other.ToString(), StringComparison.Ordinal);
        Assert.Contains("--preset r50-c4-small-cascade", other.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("--preset r50-c4-small-cascade", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_data_set_without_boxes_gets_no_suggestion() => Assert.Null(CountSuggestion.For(Images(0, 0), config));

    private static Dataset Images(params int[] counts) =>
        new(
            "cells",
            "train",
            [new ClassName(1, "cell")],
            [
                .. counts.Select(
                    (count, image) => new ImageRecord(image + 1, "", "", 100, 100, new GroundTruthBox[count])
                ),
            ],
            []
        );
}
