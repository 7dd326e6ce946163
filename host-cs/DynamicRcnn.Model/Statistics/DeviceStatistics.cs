using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, G padded ground truths, M = P + G candidates.

/// <summary>
/// The batch's statistics for the schedule, by the configured rule (docs/method.md): the K_I-th largest IoU and the K_E-th
/// smallest error of the box centre. They stay on the device.
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
        StatisticTensors statistics =
            dynamic.Rule.IsOfficial ? Official(dynamic, candidates, truth, iouThreshold)
            : dynamic.Rule.IsMMDetection ? MMDetection(dynamic, candidates, rois)
            : ProposalsOnly(dynamic, candidates, truth);
        return new StatisticTensors(
            scope.MoveToOuter(statistics.TopIoUs.masked_fill(statistics.TopIoUMeasured.logical_not(), 0)),
            scope.MoveToOuter(statistics.LowErrors.masked_fill(statistics.LowErrorMeasured.logical_not(), 0)),
            scope.MoveToOuter(statistics.TopIoUMeasured),
            scope.MoveToOuter(statistics.LowErrorMeasured)
        );
    }

    /// <summary>Ours: per image, over the RPN's proposals alone; errors of those that reach the floor threshold.</summary>
    private StatisticTensors ProposalsOnly(DynamicConfig dynamic, Candidates candidates, GroundTruth truth)
    {
        Tensor counted = candidates.OfProposals(candidates.Valid) & truth.Valid.any(1, keepdim: true); // [N, P]
        Tensor iou = candidates.OfProposals(candidates.IoU);
        Tensor near = counted & (iou >= dynamic.FloorIoU);
        Tensor boxes = candidates.OfProposals(candidates.Boxes);
        Tensor target = BoxGeometry.Take(truth.Boxes, candidates.OfProposals(candidates.Matched));
        Tensor topIoU = TopIoU(iou, counted, dynamic.TopIoUCount);
        Tensor lowError = LowError(CentreError(target, boxes), near, dynamic.LowErrorCount);
        return new StatisticTensors(topIoU, lowError, counted.any(1), near.any(1));
    }

    /// <summary>
    /// The authors' code: all candidates of the batch together, appended ground truth included. One below the current threshold
    /// counts with the IoU with, and the error against, its image's first ground truth. Fewer than K_I values per image of the
    /// batch are no measurement; an image without ground truth leaves the whole batch unmeasured.
    /// </summary>
    private StatisticTensors Official(
        DynamicConfig dynamic,
        Candidates candidates,
        GroundTruth truth,
        Tensor iouThreshold
    )
    {
        long images = candidates.Boxes.shape[0];
        Tensor positive = candidates.IoU >= iouThreshold; // [N, M]
        Tensor first = truth.Boxes.narrow(1, 0, 1); // [N, 1, 4]
        Tensor iou = torch.where(positive, candidates.IoU, BoxGeometry.PairedIoU(candidates.Boxes, first, offset));
        Tensor target = torch.where(positive.unsqueeze(-1), BoxGeometry.Take(truth.Boxes, candidates.Matched), first);
        Tensor counted = candidates.Valid.view(1, -1); // [1, N*M]
        Tensor annotated = truth.Valid.any(1).all().view(1);
        long topCount = dynamic.TopIoUCount * images;
        Tensor topIoU = TopIoU(iou.view(1, -1), counted, topCount);
        Tensor error = CentreError(target, candidates.Boxes).view(1, -1);
        Tensor lowError = LowError(error, counted, dynamic.LowErrorCount * images);
        return new StatisticTensors(
            topIoU,
            lowError,
            annotated & (counted.sum(1) >= topCount),
            annotated & counted.any(1)
        );
    }

    /// <summary>
    /// MMDetection's port: the largest IoUs of each image, appended ground truth included; the smallest errors among the batch's
    /// sampled positives. An image without ground truth counts with IoU 0.
    /// </summary>
    private static StatisticTensors MMDetection(DynamicConfig dynamic, Candidates candidates, SampledRoIs rois)
    {
        long images = candidates.Boxes.shape[0];
        Tensor topIoU = TopIoU(candidates.IoU, candidates.Valid, dynamic.TopIoUCount);
        Tensor positive = rois.Positive.view(1, -1); // [1, N*S]
        Tensor error = BoxCoder.CentreError(rois.Targets).view(1, -1);
        Tensor lowError = LowError(error, positive, dynamic.LowErrorCount * images);
        return new StatisticTensors(topIoU, lowError, candidates.Valid.any(1), positive.any(1));
    }

    private Tensor CentreError(Tensor target, Tensor boxes) => BoxCoder.CentreError(coder.Encode(target, boxes));

    /// <summary>The min(rank, count)-th largest of the counted values of each row.</summary>
    private static Tensor TopIoU(Tensor iou, Tensor counted, long rank) =>
        OrderStatistic.Largest(
            iou.masked_fill(counted.logical_not(), double.NegativeInfinity),
            counted.sum(1).clamp(max: (Scalar)rank),
            rank
        );

    /// <summary>The min(rank, count)-th smallest of the counted values of each row.</summary>
    private static Tensor LowError(Tensor error, Tensor counted, long rank) =>
        OrderStatistic.Smallest(
            error.masked_fill(counted.logical_not(), double.PositiveInfinity),
            counted.sum(1).clamp(max: (Scalar)rank),
            rank
        );
}
