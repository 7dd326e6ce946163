using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Counts and a rule for a data set, from its labels alone.</summary>
/// <param name="TopIoUCount">For dynamic.topIoUCount.</param>
/// <param name="LowErrorCount">For dynamic.lowErrorCount.</param>
/// <param name="Rule">For dynamic.rule.</param>
/// <param name="BoxesAnImage">Mean over the images that have any.</param>
/// <param name="Shares">What each rule's beta would do with these counts.</param>
/// <remarks>
/// The paper's counts keep their proportion to the boxes of an image: 75 and 10 for COCO's 7.3. Both are taken from the recorded
/// ranks, so that a replay compares them exactly. In a cascade K_I is a rank among what a stage hands on too (docs/method.md).
/// </remarks>
internal sealed record CountSuggestion(
    int TopIoUCount,
    int LowErrorCount,
    StatisticsRule Rule,
    double BoxesAnImage,
    IReadOnlyList<DeadBetaShare> Shares
)
{
    private const int PaperTopIoUCount = 75;
    private const int PaperLowErrorCount = 10;
    private const int LeastTopIoUCount = 10;

    private const int LeastLowErrorCount = 2;
    private const string SmallCascade = "r50-c4-small-cascade";

    private static double CocoBoxesAnImage => ImageRank.cocoTenths / 10.0;

    /// <summary>The suggestion; null for a data set without boxes.</summary>
    public static CountSuggestion? For(Dataset dataset, Config config)
    {
        int[] counts =
        [
            .. dataset.Images.Select(image => image.Boxes.Count(box => !box.Crowd)).Where(count => count > 0),
        ];
        if (counts.Length == 0)
        {
            return null;
        }

        double boxes = counts.Average();
        StatisticsGrid grid = StatisticsGrid.Of(config.Dynamic);
        int topIoU = Nearest(
            grid.TopIoUCounts,
            PaperTopIoUCount * boxes / CocoBoxesAnImage,
            LeastTopIoUCount,
            Math.Min(config.Model.Rpn.PostNmsTrain, MostInCascade(config) ?? int.MaxValue)
        );
        int lowError = Nearest(
            grid.LowErrorCounts,
            PaperLowErrorCount * boxes / CocoBoxesAnImage,
            LeastLowErrorCount,
            topIoU
        );
        IReadOnlyList<DeadBetaShare> shares = DeadBeta.Shares(dataset, config, lowError);
        StatisticsRule rule = shares.Any(share => share.IsDead) ? StatisticsRule.ProposalsOnly : config.Dynamic.Rule;
        return new CountSuggestion(topIoU, lowError, rule, boxes, shares);
    }

    /// <summary>The suggestion in a few lines, with the arguments to paste.</summary>
    public void Write(Config config, TextWriter output)
    {
        output.WriteLine($"suggested for {BoxesAnImage:F1} boxes an image, {config.Data.ImagesPerStep} images a step:");
        var table = new TextTable();
        table.Add("dynamic.topIoUCount", $"{TopIoUCount}", $"now {config.Dynamic.TopIoUCount}");
        table.Add("dynamic.lowErrorCount", $"{LowErrorCount}", $"now {config.Dynamic.LowErrorCount}");
        table.Add("dynamic.rule", $"{Rule}", $"now {config.Dynamic.Rule}");
        table.Write(output);
        output.WriteLine(
            $"  The counts keep the paper's proportion to the boxes: {PaperTopIoUCount} and {PaperLowErrorCount} for COCO's {CocoBoxesAnImage} an image."
        );
        if (MostInCascade(config) is { } most)
        {
            output.WriteLine(
                $"  A cascade's later stages rank what the stage before drew, of which at most {most} are positives: no larger dynamic.topIoUCount is proposed."
            );
        }
        output.WriteLine(
            "  With them beta's statistic would be 0 in "
                + string.Join(", ", Shares.Select(share => $"{share.Text} of the batches under {share.Rule}"))
                + (Rule.IsProposalsOnly ? "; ProposalsOnly leaves ground truth out." : ".")
        );
        output.WriteLine(
            $"  --set dynamic.rule={Rule} --set dynamic.topIoUCount={TopIoUCount} --set dynamic.lowErrorCount={LowErrorCount}"
        );
        if (MostInCascade(config) is null)
        {
            output.WriteLine(
                "  A cascade with fixed thresholds was the best or next to it in AP on all four data sets of docs/results.md, for about half as much time again a step: "
                    + $"--preset {SmallCascade}. drcnn experiment compare tells for your data."
            );
        }
        output.WriteLine("  Where the preset was made for data like these, its own counts are the safer start.");
        output.WriteLine(
            $"  A proportion is no measurement: drcnn replay RUN --top-iou-count {config.Dynamic.TopIoUCount},{TopIoUCount} compares them on a finished run."
        );
    }

    private static int? MostInCascade(Config config) =>
        config.Model.Cascade.StageCount > 1 ? Math.Max(1, config.Model.RoIHead.MostPositives) : null;

    private static int Nearest(int[] ranks, double wanted, int least, int most)
    {
        int[] allowed = [.. ranks.Where(rank => rank >= Math.Min(least, most) && rank <= most)];
        return allowed.Length == 0 ? Math.Min(least, most) : allowed.MinBy(rank => Math.Abs(rank - wanted));
    }
}
