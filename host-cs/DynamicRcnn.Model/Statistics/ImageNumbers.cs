using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, G padded ground truths.

/// <summary>
/// What ranks may be in proportion to (RankScaling): numbers of each image over the RPN's proposals alone, which neither the current
/// threshold nor the sampling changes.
/// </summary>
/// <param name="Positive">[N, P] bool: proposals that reach the floor threshold, of images with ground truth.</param>
/// <param name="GroundTruths">[N] int64.</param>
/// <param name="Overlaps">
/// [N] int64: for each ground truth the sum of its 10 highest IoUs, rounded down and at least 1 (SimOTA's dynamic k), over the
/// ground truths; 0 in an image without ground truth, or without proposals.
/// </param>
/// <param name="TruthRows">G: no image has more ground truths.</param>
internal sealed record ImageNumbers(Tensor Positive, Tensor GroundTruths, Tensor Overlaps, long TruthRows)
{
    /// <param name="candidates">Matched proposals and ground truth.</param>
    /// <param name="truth">The ground truth that they were matched with.</param>
    /// <param name="floorIoU">From which IoU on a proposal is positive here.</param>
    /// <param name="offset">Added to widths and heights.</param>
    public static ImageNumbers Of(Candidates candidates, GroundTruth truth, double floorIoU, double offset)
    {
        Tensor valid = candidates.OfProposals(candidates.Valid);
        Tensor counted = valid & truth.Valid.any(1, keepdim: true); // [N, P]
        return new ImageNumbers(
            counted & (candidates.OfProposals(candidates.IoU) >= floorIoU),
            truth.Valid.sum(1),
            OverlapsOf(candidates.OfProposals(candidates.Boxes), valid, truth, offset),
            truth.Valid.shape[1]
        );
    }

    /// <summary>[N] int64.</summary>
    public Tensor Positives => Positive.sum(1);

    /// <summary>The number that a scaling's ranks are in proportion to, [N] int64, and one that it never exceeds.</summary>
    public (Tensor Number, long Most) Of(RankScaling scaling) =>
        scaling.IsPerOverlap ? (Overlaps, ImageRank.overlapsOfTruth * TruthRows)
        : scaling.IsPerPositive ? (Positives, Positive.shape[1])
        : (GroundTruths, TruthRows);

    private static Tensor OverlapsOf(Tensor proposals, Tensor valid, GroundTruth truth, double offset)
    {
        Tensor iou = BoxGeometry
            .IoU(truth.Boxes, proposals, offset) // [N, G, P]
            .masked_fill(valid.logical_not().unsqueeze(1), 0);
        (Tensor highest, _) = iou.topk((int)Math.Min(ImageRank.overlapsOfTruth, iou.shape[2]), 2);
        Tensor each = highest.to(ScalarType.Float64).sum(2).floor().clamp_min(1); // [N, G]
        Tensor counts = truth.Valid & valid.any(1, keepdim: true);
        return each.to(ScalarType.Int64).masked_fill(counts.logical_not(), 0).sum(1);
    }
}
