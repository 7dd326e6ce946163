namespace DynamicRcnn.Model;

// Letters: N images, D detections per image.

/// <summary>The four losses of a batch, each 0-dimensional float32 with its graph; of float64 weights float64.</summary>
public sealed record Losses(Tensor RpnObjectness, Tensor RpnBox, Tensor Classification, Tensor Box)
{
    /// <summary>What each stage of a cascade adds to the last two, its weight included; none with one box head.</summary>
    public IReadOnlyList<(Tensor Classification, Tensor Box)> Stages { get; init; } = [];

    /// <summary>All of them: the four, then the two of each stage.</summary>
    public IEnumerable<Tensor> All =>
        [
            RpnObjectness,
            RpnBox,
            Classification,
            Box,
            .. Stages.SelectMany(stage => (Tensor[])[stage.Classification, stage.Box]),
        ];

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

/// <summary>What a box head gives in training.</summary>
/// <param name="RoIs">Classification and box loss of its sampled RoIs.</param>
/// <param name="Statistics">What its schedule is moved by.</param>
/// <param name="LossWeight">Factor on both losses; 1 of the first stage.</param>
public sealed record StageOutput(LossSums RoIs, StatisticTensors Statistics, double LossWeight)
{
    internal IEnumerable<Tensor> Tensors => [.. RoIs.Tensors, .. Statistics.Tensors];
}

/// <summary>What a training forward pass gives.</summary>
/// <param name="Rpn">Objectness and box loss of the sampled anchors.</param>
/// <param name="Stages">Of the box head, or of each stage of a cascade.</param>
public sealed record TrainingOutput(LossSums Rpn, IReadOnlyList<StageOutput> Stages)
{
    internal IEnumerable<Tensor> Tensors => [.. Rpn.Tensors, .. Stages.SelectMany(stage => stage.Tensors)];

    /// <summary>What the first stage's schedule is moved by.</summary>
    public StatisticTensors Statistics => Stages[0].Statistics;

    /// <summary>The losses of the batch by itself; every read makes new tensors.</summary>
    public Losses Losses => LossesOver(Rpn.Count, [.. Stages.Select(stage => stage.RoIs.Count)]);

    /// <summary>
    /// The batch's share of the losses of a larger one that it belongs to: the shares of all parts add up to them. A cascade's are the weighted sums
    /// over its stages.
    /// </summary>
    /// <param name="anchors">0-dimensional int64: <see cref="LossSums.Count"/> of the RPN over the larger batch.</param>
    /// <param name="rois">The same of each stage.</param>
    public Losses LossesOver(Tensor anchors, IReadOnlyList<Tensor> rois)
    {
        (Tensor objectness, Tensor rpnBox) = Rpn.Over(anchors);
        (Tensor classification, Tensor box) = Stages[0].RoIs.Over(rois[0]);
        List<(Tensor, Tensor)> each = [(classification, box)];
        for (int stage = 1; stage < Stages.Count; stage++)
        {
            (Tensor classes, Tensor boxes) = Stages[stage].RoIs.Over(rois[stage]);
            classes *= Stages[stage].LossWeight;
            boxes *= Stages[stage].LossWeight;
            each.Add((classes, boxes));
            classification += classes;
            box += boxes;
        }
        Losses sums = new(objectness, rpnBox, classification, box);
        return each.Count == 1 ? sums : sums with { Stages = each };
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
