using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The box head's two losses over the sampled RoIs of a batch.</summary>
internal sealed class RoILoss : IDisposable
{
    /// <summary>cross_entropy's label of rows that do not count.</summary>
    private const long Ignored = -100;

    private readonly ClassLayout layout;
    private readonly RoIHeadConfig head;
    private readonly BoxCoder coder;
    private readonly double offset;
    private Tensor? weights;

    /// <exception cref="ArgumentException">There are class weights, but not one for each class.</exception>
    public RoILoss(ClassLayout layout, RoIHeadConfig head, Conventions conventions)
    {
        if (head.ClassWeights.Length > 0 && head.ClassWeights.Length != layout.ClassCount)
        {
            throw new ArgumentException(
                $"model.roiHead.classWeights has {head.ClassWeights.Length} values, expected {layout.ClassCount}, one for each class, or none.",
                nameof(head)
            );
        }
        this.layout = layout;
        this.head = head;
        coder = new BoxCoder(head.BoxCoderStd, conventions);
        offset = conventions.BoxOffset;
    }

    /// <param name="output">What the head says about the RoIs, R = N * S rows.</param>
    /// <param name="rois">The sampled RoIs.</param>
    /// <param name="beta">Smooth L1's beta, 0-dimensional; the other losses have none.</param>
    /// <returns>
    /// Cross-entropy as the sum over the valid RoIs, each times the weight of its class, the box loss as the weighted sum over positives
    /// (L1 and smooth L1: and coordinates); both are divided by the number of valid RoIs.
    /// </returns>
    public LossSums Compute(BoxHeadOutput output, SampledRoIs rois, Tensor beta)
    {
        Tensor positive = rois.Positive.view(-1); // [R]
        Tensor rows = rois.Labels.view(-1) + layout.FirstForegroundRow; // [R]

        Tensor labels = rows.masked_fill(positive.logical_not(), layout.BackgroundRow)
            .masked_fill(rois.Valid.view(-1).logical_not(), Ignored);
        Tensor classification = functional.cross_entropy(
            output.Logits,
            labels,
            WeightsLike(output.Logits),
            ignore_index: Ignored,
            reduction: Reduction.Sum
        );

        Tensor deltas = layout.ClassAgnostic ? output.Deltas : OfClass(output.Deltas, rows); // [R, 4]
        Tensor unused = positive.logical_not().unsqueeze(1); // [R, 1]
        Tensor distance = Each(deltas, rois, beta, unused).masked_fill(unused, 0);
        Tensor sum = distance.sum();
        return new LossSums(classification, head.BoxLossWeight == 1 ? sum : sum * head.BoxLossWeight, rois.Valid.sum());
    }

    /// <summary>[R, 4], a loss for each delta, or [R, 1], one for each box; without meaning in unused rows.</summary>
    private Tensor Each(Tensor deltas, SampledRoIs rois, Tensor beta, Tensor unused)
    {
        Tensor targets = rois.Targets.view(-1, 4);
        if (!head.BoxLoss.IsGIoU)
        {
            return head.BoxLoss.IsL1 ? (deltas - targets).abs() : SmoothL1.Each(deltas, targets, beta);
        }
        // An unused row may hold anything, and decoding it must not make a gradient that 0 times it is NaN.
        Tensor references = rois.Boxes.view(-1, 4).masked_fill(unused, 0);
        Tensor Decoded(Tensor each) => coder.Decode(each.masked_fill(unused, 0), references);
        return GIoULoss.Each(Decoded(deltas), Decoded(targets), offset).unsqueeze(1);
    }

    /// <inheritdoc/>
    public void Dispose() => weights?.Dispose();

    /// <summary>[K + 1] where the logits lie, made once: null where all are 1.</summary>
    private Tensor? WeightsLike(Tensor logits)
    {
        if (
            head.ClassWeights.Length == 0
            || (weights is not null && weights.device == logits.device && weights.dtype == logits.dtype)
        )
        {
            return weights;
        }
        weights?.Dispose();
        double[] rows = layout.BackgroundRow == 0 ? [1, .. head.ClassWeights] : [.. head.ClassWeights, 1];
        weights = torch.tensor(rows, logits.dtype, logits.device).DetachFromDisposeScope();
        return weights;
    }

    private Tensor OfClass(Tensor deltas, Tensor rows)
    {
        Tensor box = rows.view(-1, 1, 1).expand(-1, 1, 4);
        return deltas.view(-1, layout.BoxCount, 4).gather(1, box).squeeze(1);
    }
}
