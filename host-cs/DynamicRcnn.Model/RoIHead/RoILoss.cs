namespace DynamicRcnn.Model;

/// <summary>The box head's two losses over the sampled RoIs of a batch.</summary>
internal sealed class RoILoss
{
    /// <summary>cross_entropy's label of rows that do not count.</summary>
    private const long Ignored = -100;

    private readonly ClassLayout layout;

    public RoILoss(ClassLayout layout) => this.layout = layout;

    /// <param name="output">What the head says about the RoIs, R = N * S rows.</param>
    /// <param name="rois">The sampled RoIs.</param>
    /// <param name="beta">Smooth L1's beta, 0-dimensional.</param>
    /// <returns>
    /// Cross-entropy as the sum over the valid RoIs, smooth L1 as the sum over positives and coordinates; both are divided by the
    /// number of valid RoIs.
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
            ignore_index: Ignored,
            reduction: Reduction.Sum
        );

        Tensor deltas = layout.ClassAgnostic ? output.Deltas : OfClass(output.Deltas, rows); // [R, 4]
        Tensor distance = SmoothL1
            .Each(deltas, rois.Targets.view(-1, 4), beta)
            .masked_fill(positive.logical_not().unsqueeze(1), 0);
        return new LossSums(classification, distance.sum(), rois.Valid.sum());
    }

    private Tensor OfClass(Tensor deltas, Tensor rows)
    {
        Tensor box = rows.view(-1, 1, 1).expand(-1, 1, 4);
        return deltas.view(-1, layout.BoxCount, 4).gather(1, box).squeeze(1);
    }
}
