using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, G padded ground truths, M = P + G candidates, R ranks of the grid.

/// <summary>
/// The batch's statistics by the configured rule (docs/method.md), at every rank of the grid, the schedule's own among them: the
/// rank-th largest IoU and the rank-th smallest error of the box centre. They stay on the device.
/// </summary>
internal sealed class DeviceStatistics
{
    private readonly double offset;
    private readonly BoxCoder coder;

    public DeviceStatistics(RoIHeadConfig head, Conventions conventions)
    {
        offset = conventions.BoxOffset;
        coder = new BoxCoder(head.BoxCoderStd, conventions);
    }

    /// <param name="dynamic">Rule and ranks.</param>
    /// <param name="candidates">All proposals and the ground truth, before sampling.</param>
    /// <param name="truth">The ground truth that they were matched with.</param>
    /// <param name="rois">The sampled RoIs; only the rule of MMDetection looks at them.</param>
    /// <param name="iouThreshold">0-dimensional; only the official rule looks at it.</param>
    public StatisticTensors Measure(
        DynamicConfig dynamic,
        Candidates candidates,
        GroundTruth truth,
        SampledRoIs rois,
        Tensor iouThreshold
    )
    {
        using IDisposable noGrad = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        long images = candidates.Boxes.shape[0];
        Ranks ranks = Ranks.Of(CoreApi.Grid(dynamic));
        (Tensor topIoUs, Tensor lowErrors) =
            dynamic.Rule.IsOfficial ? Official(ranks.Times(images), candidates, truth, iouThreshold)
            : dynamic.Rule.IsMMDetection ? MMDetection(ranks, candidates, rois)
            : ProposalsOnly(ranks, dynamic.FloorIoU, candidates, truth);
        return new StatisticTensors(
            scope.MoveToOuter(topIoUs),
            scope.MoveToOuter(lowErrors),
            scope.MoveToOuter(candidates.OfProposals(candidates.Valid).sum(1)),
            scope.MoveToOuter(truth.Valid.sum(1))
        );
    }

    /// <summary>Ours: per image, over the RPN's proposals alone; errors of those that reach the floor threshold.</summary>
    private (Tensor TopIoUs, Tensor LowErrors) ProposalsOnly(
        Ranks ranks,
        double floorIoU,
        Candidates candidates,
        GroundTruth truth
    )
    {
        Tensor counted = candidates.OfProposals(candidates.Valid) & truth.Valid.any(1, keepdim: true); // [N, P]
        Tensor iou = candidates.OfProposals(candidates.IoU);
        Tensor near = counted & (iou >= floorIoU);
        Tensor boxes = candidates.OfProposals(candidates.Boxes);
        Tensor target = BoxGeometry.Take(truth.Boxes, candidates.OfProposals(candidates.Matched));
        return (
            Measured(OrderStatistic.Largest(iou, counted, ranks.TopIoU), counted.any(1, keepdim: true)),
            Measured(
                OrderStatistic.Smallest(CentreError(target, boxes), near, ranks.LowError),
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
        Ranks ranks,
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
        Tensor reached = counted.sum(1, keepdim: true) >= torch.tensor(ranks.TopIoU, device: counted.device); // [1, R]
        Tensor error = CentreError(target, candidates.Boxes).view(1, -1);
        return (
            Measured(OrderStatistic.Largest(iou.view(1, -1), counted, ranks.TopIoU), annotated & reached),
            Measured(OrderStatistic.Smallest(error, counted, ranks.LowError), annotated & counted.any(1, keepdim: true))
        );
    }

    /// <summary>
    /// MMDetection's port: the largest IoUs of each image, appended ground truth included; the smallest errors among the batch's
    /// sampled positives. An image without ground truth counts with IoU 0.
    /// </summary>
    private static (Tensor TopIoUs, Tensor LowErrors) MMDetection(Ranks ranks, Candidates candidates, SampledRoIs rois)
    {
        Tensor positive = rois.Positive.view(1, -1); // [1, N*S]
        Tensor error = BoxCoder.CentreError(rois.Targets).view(1, -1);
        return (
            Measured(
                OrderStatistic.Largest(candidates.IoU, candidates.Valid, ranks.TopIoU),
                candidates.Valid.any(1, keepdim: true)
            ),
            Measured(
                OrderStatistic.Smallest(error, positive, ranks.Times(candidates.Boxes.shape[0]).LowError),
                positive.any(1, keepdim: true)
            )
        );
    }

    private Tensor CentreError(Tensor target, Tensor boxes) => BoxCoder.CentreError(coder.Encode(target, boxes));

    private static Tensor Measured(Tensor values, Tensor measured) =>
        values.masked_fill(measured.logical_not(), StatisticTensors.NotMeasured);

    /// <summary>The grid as ranks among the values of a row.</summary>
    private sealed record Ranks(long[] TopIoU, long[] LowError)
    {
        public static Ranks Of(StatisticsGrid grid) =>
            new(
                [.. grid.TopIoUCounts.Select(count => (long)count)],
                [.. grid.LowErrorCounts.Select(count => (long)count)]
            );

        public Ranks Times(long images) =>
            new([.. TopIoU.Select(rank => rank * images)], [.. LowError.Select(rank => rank * images)]);
    }
}
