using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, G padded ground truths, H, W padded image size.

/// <summary>The annotated boxes of a batch, padded to one count. Rows whose <c>Valid</c> is false may hold anything.</summary>
/// <param name="Boxes">[N, G, 4] float32, (x1, y1, x2, y2) in network pixels. Valid rows come first. G = 0 is allowed.</param>
/// <param name="Labels">[N, G] int64, contiguous class labels 0..K-1.</param>
/// <param name="Valid">[N, G] bool.</param>
public sealed record GroundTruth(Tensor Boxes, Tensor Labels, Tensor Valid);

/// <summary>The images of a batch, normalised and padded on the right and at the bottom.</summary>
/// <param name="Images">
/// [N, 3, H, W] float32, in the backbone's channel order. In bfloat16, convolutions and linear layers compute in it.
/// </param>
/// <param name="Sizes">[N, 2] float32, (height, width) without the padding.</param>
/// <param name="ImageIds">[N] int64; sampling depends on them, not on the place in the batch.</param>
/// <param name="Scales">[N, 2] float32, network pixels for each original one along (x, y); null: images at their own size.</param>
public sealed record ImageInput(Tensor Images, Tensor Sizes, Tensor ImageIds, Tensor? Scales = null);

/// <summary>What sampling depends on beside the image's id: a step repeats when these repeat.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Iteration">int64 [1] on the images' device, from 0 to 2^32 - 1: a tensor, since it changes from step to step.</param>
public sealed record SamplingSeed(long Seed, Tensor Iteration)
{
    /// <summary>Of an iteration on the CPU.</summary>
    public SamplingSeed(long seed, long iteration)
        : this(seed, ops.from_span<long>([iteration], [1])) { }
}

/// <summary>What a box head is trained with in one step.</summary>
/// <param name="IoUThreshold">0-dimensional: the IoU from which a proposal is positive.</param>
/// <param name="Beta">0-dimensional: smooth L1's beta, at least 0.</param>
/// <param name="Dynamic">Which statistics to measure.</param>
public sealed record StageSetting(Tensor IoUThreshold, Tensor Beta, DynamicConfig Dynamic);
