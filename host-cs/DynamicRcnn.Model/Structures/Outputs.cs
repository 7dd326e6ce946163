namespace DynamicRcnn.Model;

// Letters: N images, D detections per image.

/// <summary>The four losses of a batch, each 0-dimensional float32 with its graph; of float64 weights float64.</summary>
public sealed record Losses(Tensor RpnObjectness, Tensor RpnBox, Tensor Classification, Tensor Box)
{
    /// <summary>Their plain sum; every read makes a new tensor.</summary>
    public Tensor Total => RpnObjectness + RpnBox + Classification + Box;
}

/// <summary>
/// The raw statistics of a batch, still on the device: the schedule's own in the first column, and the same at R further ranks for
/// a later replay. An entry is an image or, where the rule pools the images, the batch. ProposalsOnly: N entries in both.
/// Official: 1 in both. MMDetection: N of IoUs, 1 of errors.
/// </summary>
/// <param name="TopIoUs">[entries, 1 + R] float32: the K_I-th largest IoU, then the rank-th largest ones; <see cref="NotMeasured"/> where there is none.</param>
/// <param name="LowErrors">[entries, 1 + R] float32: the K_E-th smallest error of the box centre, in box-coder units, then the rank-th smallest ones.</param>
/// <param name="ProposalCounts">[N] int64: the RPN's proposals.</param>
/// <param name="GroundTruthCounts">[N] int64.</param>
/// <param name="OverlapCounts">[N] int64: the overlaps, which ranks under RankScaling.PerOverlap follow.</param>
/// <param name="PositiveCounts">[N] int64: the RPN's proposals that reach the floor threshold, of an image with ground truth.</param>
public sealed record StatisticTensors(
    Tensor TopIoUs,
    Tensor LowErrors,
    Tensor ProposalCounts,
    Tensor GroundTruthCounts,
    Tensor OverlapCounts,
    Tensor PositiveCounts
)
{
    /// <summary>Stands for a value that was not measured; no statistic is negative.</summary>
    public const double NotMeasured = -1;

    internal IEnumerable<Tensor> Tensors => [TopIoUs, LowErrors, .. Counts];

    /// <summary>What is counted of each image, each [N] int64.</summary>
    public IReadOnlyList<Tensor> Counts => [ProposalCounts, GroundTruthCounts, OverlapCounts, PositiveCounts];
}

/// <summary>
/// A head's two losses before they are divided: a batch that several processes share is divided by the number over all of them.
/// </summary>
/// <param name="Classes">0-dimensional with its graph, of the losses' type: the sum over what was sampled.</param>
/// <param name="Boxes">0-dimensional with its graph, of the losses' type: the sum over positives and coordinates.</param>
/// <param name="Count">0-dimensional int64: how many were sampled, as the profile counts them. 0 divides as 1.</param>
public sealed record LossSums(Tensor Classes, Tensor Boxes, Tensor Count)
{
    internal IEnumerable<Tensor> Tensors => [Classes, Boxes, Count];

    /// <summary>Both, divided by the number that this batch has itself.</summary>
    public (Tensor Classes, Tensor Boxes) Means() => Over(Count);

    /// <summary>Both, divided by a number; every call makes new tensors.</summary>
    /// <param name="count">0-dimensional int64.</param>
    public (Tensor Classes, Tensor Boxes) Over(Tensor count)
    {
        Tensor divisor = count.clamp_min(1);
        return (Classes / divisor, Boxes / divisor);
    }
}

/// <summary>What a training forward pass gives.</summary>
/// <param name="Rpn">Objectness and box loss of the sampled anchors.</param>
/// <param name="RoIs">Classification and box loss of the sampled RoIs.</param>
/// <param name="Statistics">What the schedule is moved by.</param>
public sealed record TrainingOutput(LossSums Rpn, LossSums RoIs, StatisticTensors Statistics)
{
    internal IEnumerable<Tensor> Tensors => [.. Rpn.Tensors, .. RoIs.Tensors, .. Statistics.Tensors];

    /// <summary>The losses of the batch by itself; every read makes new tensors.</summary>
    public Losses Losses => LossesOver(Rpn.Count, RoIs.Count);

    /// <summary>The batch's share of the losses of a larger one that it belongs to: the shares of all parts add up to them.</summary>
    /// <param name="anchors">0-dimensional int64: <see cref="LossSums.Count"/> of the RPN over the larger batch.</param>
    /// <param name="rois">The same of the box head.</param>
    public Losses LossesOver(Tensor anchors, Tensor rois)
    {
        (Tensor objectness, Tensor rpnBox) = Rpn.Over(anchors);
        (Tensor classification, Tensor box) = RoIs.Over(rois);
        return new Losses(objectness, rpnBox, classification, box);
    }
}

/// <summary>Detections of a batch in descending score, or by class and proposal where the profile says so; padded to one count.</summary>
/// <param name="Boxes">[N, D, 4] float32, (x1, y1, x2, y2) in network pixels, clipped to the unpadded image.</param>
/// <param name="Scores">[N, D] float32; 0 where invalid.</param>
/// <param name="Labels">[N, D] int64, 0..K-1.</param>
/// <param name="Valid">[N, D] bool.</param>
public sealed record Detections(Tensor Boxes, Tensor Scores, Tensor Labels, Tensor Valid)
{
    internal IEnumerable<Tensor> Tensors => [Boxes, Scores, Labels, Valid];
}
