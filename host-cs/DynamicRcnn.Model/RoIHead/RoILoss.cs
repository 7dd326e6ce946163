namespace DynamicRcnn.Model;

/// <summary>The box head's two losses over the sampled RoIs of a batch.</summary>
internal sealed class RoILoss : IDisposable
{
    /// <summary>cross_entropy's label of rows that do not count.</summary>
    private const long Ignored = -100;

    private readonly ClassLayout layout;
    private readonly double[] classWeights;
    private Tensor? weights;

    /// <param name="layout">Where classes and background have their rows.</param>
    /// <param name="classWeights">One for each class, or none: then each has 1, as the background always has.</param>
    /// <exception cref="ArgumentException">There are more or fewer than classes.</exception>
    public RoILoss(ClassLayout layout, double[]? classWeights = null)
    {
        this.layout = layout;
        this.classWeights = classWeights ?? [];
        if (this.classWeights.Length > 0 && this.classWeights.Length != layout.ClassCount)
        {
            throw new ArgumentException(
                $"model.roiHead.classWeights has {this.classWeights.Length} values, expected {layout.ClassCount}, one for each class, or none.",
                nameof(classWeights)
            );
        }
    }

    /// <param name="output">What the head says about the RoIs, R = N * S rows.</param>
    /// <param name="rois">The sampled RoIs.</param>
    /// <param name="beta">Smooth L1's beta, 0-dimensional.</param>
    /// <returns>
    /// Cross-entropy as the sum over the valid RoIs, each times the weight of its class, smooth L1 as the sum over positives and coordinates; both are divided by the
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
            WeightsLike(output.Logits),
            ignore_index: Ignored,
            reduction: Reduction.Sum
        );

        Tensor box = rows.view(-1, 1, 1).expand(-1, 1, 4);
        Tensor deltas = output.Deltas.view(-1, layout.BoxCount, 4).gather(1, box).squeeze(1); // [R, 4]
        Tensor distance = SmoothL1
            .Each(deltas, rois.Targets.view(-1, 4), beta)
            .masked_fill(positive.logical_not().unsqueeze(1), 0);
        return new LossSums(classification, distance.sum(), rois.Valid.sum());
    }

    /// <inheritdoc/>
    public void Dispose() => weights?.Dispose();

    /// <summary>[K + 1] where the logits lie, made once: null where all are 1.</summary>
    private Tensor? WeightsLike(Tensor logits)
    {
        if (
            classWeights.Length == 0
            || (weights is not null && weights.device == logits.device && weights.dtype == logits.dtype)
        )
        {
            return weights;
        }
        weights?.Dispose();
        double[] rows = layout.BackgroundRow == 0 ? [1, .. classWeights] : [.. classWeights, 1];
        weights = torch.tensor(rows, logits.dtype, logits.device).DetachFromDisposeScope();
        return weights;
    }
}
