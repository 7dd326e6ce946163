using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The RPN's two losses over sampled anchors. Its thresholds and its beta never move.</summary>
internal sealed class RpnLoss
{
    private static readonly double[] UnitStd = [1, 1, 1, 1];

    private readonly double beta;
    private readonly bool countMissing;
    private readonly AnchorAssigner assigner;
    private readonly Sampler sampler;
    private readonly BoxCoder coder;

    public RpnLoss(RpnConfig rpn, Conventions conventions)
    {
        beta = rpn.LossBeta;
        countMissing = conventions.CountMissingAnchors;
        assigner = new AnchorAssigner(rpn, conventions);
        coder = new BoxCoder(UnitStd, conventions);
        sampler = new Sampler(
            rpn.AnchorsPerImage,
            rpn.PositiveFraction,
            SamplingPurpose.RpnPositives,
            SamplingPurpose.RpnNegatives,
            conventions.SamplingOrder
        );
    }

    /// <param name="output">What the RPN says.</param>
    /// <param name="truth">Harmless padding, see <see cref="PaddedTruth"/>.</param>
    /// <param name="input">Image sizes and ids.</param>
    /// <param name="seed">Seed and iteration.</param>
    /// <returns>
    /// Binary cross-entropy as the sum over the batch's sampled anchors, L1 or smooth L1 as the sum over positives and
    /// coordinates; both are divided by the number of sampled anchors. Where the profile says so, an image without positives, or
    /// without negatives, adds one to that number.
    /// </returns>
    public LossSums Compute(RpnOutput output, GroundTruth truth, ImageInput input, SamplingSeed seed)
    {
        (Sample sample, Tensor targets) = Targets(output.Anchors, truth, input, seed);
        Tensor unused = sample.Valid.logical_not();
        Tensor sampledCount = SampledCount(sample);

        Tensor logits = output.Logits.gather(1, sample.Indices); // [N, S]
        Tensor objectness = functional
            .binary_cross_entropy_with_logits(logits, sample.Positive.to(logits.dtype), reduction: Reduction.None)
            .masked_fill(unused, 0);
        Tensor deltas = BoxGeometry.Take(output.Deltas, sample.Indices); // [N, S, 4]
        Tensor box = functional
            .smooth_l1_loss(deltas, targets, Reduction.None, beta)
            .masked_fill(sample.Positive.logical_not().unsqueeze(-1), 0);
        return new LossSums(objectness.sum(), box.sum(), sampledCount);
    }

    /// <summary>0-dimensional: what both losses are divided by.</summary>
    private Tensor SampledCount(Sample sample)
    {
        if (!countMissing)
            return sample.Valid.sum();
        Tensor positives = sample.Positive.sum(1);
        Tensor negatives = sample.Valid.sum(1) - positives;
        return (positives.clamp_min(1) + negatives.clamp_min(1)).sum();
    }

    /// <summary>The sampled anchors and their box targets [N, S, 4], 0 where not positive.</summary>
    private (Sample Sample, Tensor Targets) Targets(
        Tensor anchors,
        GroundTruth truth,
        ImageInput input,
        SamplingSeed seed
    )
    {
        using IDisposable noGrad = torch.no_grad();
        AnchorLabels labels = assigner.Assign(anchors, truth, input.Sizes);
        Sample sample = sampler.Draw(labels.Positive, labels.Negative, input.ImageIds, seed);
        Tensor matched = BoxGeometry.Take(truth.Boxes, labels.Matched.gather(1, sample.Indices));
        Tensor references = anchors.index_select(0, sample.Indices.view(-1)).view(matched.shape);
        Tensor targets = coder.Encode(matched, references);
        return (sample, targets.masked_fill(sample.Positive.logical_not().unsqueeze(-1), 0));
    }
}
