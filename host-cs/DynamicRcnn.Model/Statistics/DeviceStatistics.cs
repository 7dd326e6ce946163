using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, G padded ground truths, M = P + G candidates, R = 1 + ranks of the grid.

/// <summary>
/// The batch's two statistics by the configured rule (docs/method.md; paper, section 3.2): the K_I-th largest IoU, which moves the IoU
/// threshold, and the K_E-th smallest error of the box centre, which moves beta. They stay on the device. Where a run is to be
/// replayed under other counts, the same values are taken at a grid of ranks as well: one sort gives all of them.
/// </summary>
internal sealed class DeviceStatistics : IDisposable
{
    private readonly RankTables tables = new();
    private readonly double offset;
    private readonly BoxCoder coder;

    public DeviceStatistics(RoIHeadConfig head, Conventions conventions)
    {
        offset = conventions.BoxOffset;
        coder = new BoxCoder(head.BoxCoderStd, conventions);
    }

    /// <param name="dynamic">The rule, K_I and K_E.</param>
    /// <param name="grid">Further ranks; null: none.</param>
    /// <param name="candidates">All proposals and the ground truth, before sampling.</param>
    /// <param name="truth">The ground truth that they were matched with.</param>
    /// <param name="rois">The sampled RoIs; only the rule of MMDetection looks at them.</param>
    /// <param name="iouThreshold">0-dimensional; only the official rule looks at it.</param>
    public StatisticTensors Measure(
        DynamicConfig dynamic,
        StatisticsGrid? grid,
        Candidates candidates,
        GroundTruth truth,
        SampledRoIs rois,
        Tensor iouThreshold
    )
    {
        using IDisposable noGrad = torch.no_grad();
        long images = candidates.Boxes.shape[0];
        ImageNumbers numbers = ImageNumbers.Of(candidates, truth, dynamic.FloorIoU, offset);
        Ranks topIoURanks = RanksOf(dynamic.TopIoUCount, grid?.TopIoUCounts, candidates.Boxes.device);
        Ranks lowErrorRanks = RanksOf(dynamic.LowErrorCount, grid?.LowErrorCounts, candidates.Boxes.device);
        (Tensor topIoUs, Tensor lowErrors) =
            dynamic.Rule.IsOfficial
                ? Official(topIoURanks.Times(images), lowErrorRanks.Times(images), candidates, truth, iouThreshold)
            : dynamic.Rule.IsMMDetection ? MMDetection(topIoURanks, lowErrorRanks.Times(images), candidates, rois)
            : ProposalsOnly(
                topIoURanks.Scaled(dynamic.RankScaling, numbers),
                lowErrorRanks.Scaled(dynamic.RankScaling, numbers),
                numbers.Positive,
                candidates,
                truth
            );
        return new StatisticTensors(
            topIoUs,
            lowErrors,
            candidates.OfProposals(candidates.Valid).sum(1),
            numbers.GroundTruths,
            numbers.Overlaps,
            numbers.Positives
        );
    }

    public void Dispose() => tables.Dispose();

    private Ranks RanksOf(int own, int[]? others, Device device)
    {
        Tensor first = tables.On(device, [own]);
        return others is null
            ? new Ranks(first, own)
            : new Ranks(torch.cat([first, tables.On(device, others)], 1), Math.Max(own, others.Max()));
    }

    /// <summary>Ours: per image, over the RPN's proposals alone; errors of those that reach the floor threshold.</summary>
    private (Tensor TopIoUs, Tensor LowErrors) ProposalsOnly(
        Ranks topIoURanks,
        Ranks lowErrorRanks,
        Tensor near,
        Candidates candidates,
        GroundTruth truth
    )
    {
        Tensor counted = candidates.OfProposals(candidates.Valid) & truth.Valid.any(1, keepdim: true); // [N, P]
        Tensor iou = candidates.OfProposals(candidates.IoU);
        Tensor boxes = candidates.OfProposals(candidates.Boxes);
        Tensor target = BoxGeometry.Take(truth.Boxes, candidates.OfProposals(candidates.Matched));
        return (
            Measured(
                OrderStatistic.Largest(iou, counted, topIoURanks.Values, topIoURanks.Most),
                counted.any(1, keepdim: true)
            ),
            Measured(
                OrderStatistic.Smallest(CentreError(target, boxes), near, lowErrorRanks.Values, lowErrorRanks.Most),
                near.any(1, keepdim: true)
            )
        );
    }

    /// <summary>
    /// The authors' code: all candidates of the batch together, appended ground truth included. One below the current threshold
    /// counts with the IoU with, and the error against, its image's first ground truth. Fewer than K_I values per image of the
    /// batch are no measurement; an image without ground truth leaves the whole batch unmeasured.
    /// </summary>
    private (Tensor TopIoUs, Tensor LowErrors) Official(
        Ranks topIoURanks,
        Ranks lowErrorRanks,
        Candidates candidates,
        GroundTruth truth,
        Tensor iouThreshold
    )
    {
        Tensor positive = candidates.IoU >= iouThreshold; // [N, M]
        Tensor first = truth.Boxes.narrow(1, 0, 1); // [N, 1, 4]
        Tensor iou = torch.where(positive, candidates.IoU, BoxGeometry.PairedIoU(candidates.Boxes, first, offset));
        Tensor target = torch.where(positive.unsqueeze(-1), BoxGeometry.Take(truth.Boxes, candidates.Matched), first);
        Tensor counted = candidates.Valid.view(1, -1); // [1, N*M]
        Tensor annotated = truth.Valid.any(1).all().view(1, 1);
        Tensor reached = counted.sum(1, keepdim: true) >= topIoURanks.Values; // [1, R]
        Tensor error = CentreError(target, candidates.Boxes).view(1, -1);
        return (
            Measured(
                OrderStatistic.Largest(iou.view(1, -1), counted, topIoURanks.Values, topIoURanks.Most),
                annotated & reached
            ),
            Measured(
                OrderStatistic.Smallest(error, counted, lowErrorRanks.Values, lowErrorRanks.Most),
                annotated & counted.any(1, keepdim: true)
            )
        );
    }

    /// <summary>
    /// MMDetection's port: the largest IoUs of each image, appended ground truth included; the smallest errors among the batch's
    /// sampled positives. An image without ground truth counts with IoU 0.
    /// </summary>
    private static (Tensor TopIoUs, Tensor LowErrors) MMDetection(
        Ranks topIoURanks,
        Ranks lowErrorRanks,
        Candidates candidates,
        SampledRoIs rois
    )
    {
        Tensor positive = rois.Positive.view(1, -1); // [1, N*S]
        Tensor error = BoxCoder.CentreError(rois.Targets).view(1, -1);
        return (
            Measured(
                OrderStatistic.Largest(candidates.IoU, candidates.Valid, topIoURanks.Values, topIoURanks.Most),
                candidates.Valid.any(1, keepdim: true)
            ),
            Measured(
                OrderStatistic.Smallest(error, positive, lowErrorRanks.Values, lowErrorRanks.Most),
                positive.any(1, keepdim: true)
            )
        );
    }

    private Tensor CentreError(Tensor target, Tensor boxes) => BoxCoder.CentreError(coder.Encode(target, boxes));

    private static Tensor Measured(Tensor values, Tensor measured) =>
        values.masked_fill(measured.logical_not(), StatisticTensors.NotMeasured);

    /// <summary>The counts of one statistic, the schedule's first, as ranks among the values of a row.</summary>
    /// <param name="Values">[1, R] for all rows, or [N, R]; int64.</param>
    /// <param name="Most">No rank is larger.</param>
    private sealed record Ranks(Tensor Values, long Most)
    {
        public Ranks Times(long images) => new(Values * images, Most * images);

        /// <summary>ImageRank.ofImage of every image, in whole numbers as there.</summary>
        public Ranks Scaled(RankScaling scaling, ImageNumbers numbers)
        {
            if (scaling.IsConstant)
            {
                return this;
            }
            if (scaling.IsLessGroundTruths)
            {
                return this with { Values = (Values - numbers.GroundTruths.unsqueeze(1)).clamp(min: 1) };
            }
            (Tensor number, long most) = numbers.Of(scaling);
            long tenths = ImageRank.tenths(scaling);
            Tensor inProportion = ((Values * number.unsqueeze(1) * 20) + tenths).div(
                2 * tenths,
                rounding_mode: torch.RoundingMode.floor
            );
            return new Ranks(inProportion.clamp(min: 1), ((Most * most * 20) + tenths) / (2 * tenths));
        }
    }
}
