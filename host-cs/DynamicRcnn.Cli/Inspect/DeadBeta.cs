using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>The share of a rule's recorded iterations whose beta statistic is 0 whatever the network does.</summary>
/// <param name="Rule">The statistics rule.</param>
/// <param name="Share">
/// 0..1, over all batches that the data set's images can form. Under MMDetection the most it can be: its errors are those of the drawn positives,
/// among which ground truths are rarer the more proposals are positive.
/// </param>
internal sealed record DeadBetaShare(StatisticsRule Rule, double Share)
{
    /// <summary>Beta is a median: from half on it is 0 (Official) or does not move (MMDetection).</summary>
    public bool IsDead => Share >= 0.5;

    /// <summary>"90.5 %", or "at most 90.5 %".</summary>
    public string Text => (Rule.IsMMDetection && Share > 0 ? "at most " : "") + Amount.Percent(Share);
}

/// <summary>Finds rules whose beta the data set itself decides, from the labels alone.</summary>
/// <remarks>
/// A ground truth that is appended to the proposals has an error of exactly 0. A forward pass over B images records the
/// (K_E x B)-th smallest error, so that many ground truths make it 0. ProposalsOnly leaves them out. docs/results.md compares these shares
/// with those of trained runs.
/// </remarks>
internal static class DeadBeta
{
    /// <summary>The share for each rule, in the order of the documentation.</summary>
    public static IReadOnlyList<DeadBetaShare> Shares(Dataset dataset, Config config) =>
        Shares(dataset, config, config.Dynamic.LowErrorCount);

    /// <summary>The same with another K_E than the configuration's.</summary>
    public static IReadOnlyList<DeadBetaShare> Shares(Dataset dataset, Config config, int lowErrorCount) =>
        [
            new DeadBetaShare(StatisticsRule.ProposalsOnly, 0),
            new DeadBetaShare(StatisticsRule.Official, Official(dataset, config, lowErrorCount)),
            new DeadBetaShare(StatisticsRule.MMDetection, MMDetection(dataset, config, lowErrorCount)),
        ];

    /// <summary>The share of one rule.</summary>
    public static DeadBetaShare Of(Dataset dataset, Config config) =>
        Shares(dataset, config).First(share => share.Rule.Equals(config.Dynamic.Rule));

    // A batch with an image without boxes is skipped and records nothing.
    private static double Official(Dataset dataset, Config config, int lowErrorCount) =>
        ShareOfIterations([.. BoxCounts(dataset).Where(count => count > 0)], config, lowErrorCount);

    // The error is taken over sampled positives, so an image adds no more ground truths than it has places for them.
    private static double MMDetection(Dataset dataset, Config config, int lowErrorCount)
    {
        int places = config.Model.RoIHead.MostPositives;
        return ShareOfIterations(
            [.. BoxCounts(dataset).Select(count => Math.Min(count, places))],
            config,
            lowErrorCount
        );
    }

    private static IEnumerable<int> BoxCounts(Dataset dataset) =>
        dataset.Images.Select(image => image.Boxes.Count(box => !box.Crowd));

    // An iteration records the mean of its passes, which is 0 when each of them is.
    private static double ShareOfIterations(int[] counts, Config config, int lowErrorCount)
    {
        int passes = Math.Max(1, config.Solver.AccumulationSteps);
        int images = Math.Max(1, config.Data.ImagesPerStep / passes);
        return Math.Pow(ShareOfBatches(counts, images, lowErrorCount * images), passes);
    }

    /// <summary>The share of all sets of <paramref name="size"/> images whose counts add up to at least <paramref name="least"/>.</summary>
    internal static double ShareOfBatches(int[] counts, int size, int least)
    {
        if (counts.Length == 0)
        {
            return 0;
        }

        // shares[k][s]: chance that k of the images looked at so far are in the batch and add up to s (capped at least).
        int drawn = Math.Min(size, counts.Length);
        double[][] shares = [.. Enumerable.Range(0, drawn + 1).Select(_ => new double[least + 1])];
        shares[0][0] = 1;
        for (int i = 0; i < counts.Length; i++)
        {
            int left = counts.Length - i;
            for (int k = Math.Min(i, drawn); k >= 0; k--)
            {
                double taken = (drawn - k) / (double)left;
                for (int sum = least; sum >= 0; sum--)
                {
                    double share = shares[k][sum];
                    if (share > 0)
                    {
                        shares[k][sum] = share * (1 - taken);
                        if (taken > 0)
                        {
                            shares[k + 1][Math.Min(least, sum + counts[i])] += share * taken;
                        }
                    }
                }
            }
        }

        return shares[drawn][least];
    }
}
