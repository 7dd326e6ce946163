using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>Labels of the anchors of a batch; an anchor may have neither.</summary>
/// <param name="Matched">[N, A] int64, the ground truth of a positive anchor.</param>
/// <param name="Positive">[N, A] bool.</param>
/// <param name="Negative">[N, A] bool.</param>
internal sealed record AnchorLabels(Tensor Matched, Tensor Positive, Tensor Negative);

/// <summary>
/// The RPN's assigner: positive from one IoU on, negative below another, and every ground truth gets at least the anchors that
/// overlap it most (low-quality matches).
/// </summary>
internal sealed class AnchorAssigner
{
    /// <summary>A level that no IoU reaches.</summary>
    private const double Unreachable = 2;

    private readonly RpnConfig rpn;
    private readonly Conventions conventions;
    private readonly BoxAssigner assigner;

    public AnchorAssigner(RpnConfig rpn, Conventions conventions)
    {
        this.rpn = rpn;
        this.conventions = conventions;
        assigner = new BoxAssigner(conventions.BoxOffset);
    }

    /// <param name="anchors">[A, 4].</param>
    /// <param name="truth">Harmless padding, see <see cref="PaddedTruth"/>.</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    public AnchorLabels Assign(Tensor anchors, GroundTruth truth, Tensor sizes)
    {
        Tensor boxes = anchors.unsqueeze(0);
        BestTruth best = assigner.Assign(boxes, truth.Boxes);
        Tensor reached = truth.Valid & best.TruthIoU.ge(rpn.MinimumPositiveIoU);
        Tensor last = assigner.LastTruthAt(
            boxes,
            truth.Boxes,
            best.TruthIoU.masked_fill(reached.logical_not(), Unreachable)
        );
        Tensor lowQuality = last.ge(0);
        Tensor matched = conventions.LowQualityMatchToGroundTruth
            ? torch.where(lowQuality, last, best.Matched)
            : best.Matched;
        Tensor positive = best.IoU.ge(rpn.PositiveIoU) | lowQuality;
        Tensor negative = best.IoU.lt(rpn.NegativeIoU) & positive.logical_not();
        if (conventions.IgnoreOutsideAnchors)
        {
            Tensor inside = BoxGeometry.Inside(anchors, sizes);
            (positive, negative) = (positive & inside, negative & inside);
        }
        return new AnchorLabels(matched, positive, negative);
    }
}
