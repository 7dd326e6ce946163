namespace DynamicRcnn.Model;

// Letters: N images, D detections per image.

/// <summary>The four losses of a batch, each 0-dimensional float32 with its graph.</summary>
public sealed record Losses(Tensor RpnObjectness, Tensor RpnBox, Tensor Classification, Tensor Box)
{
    /// <summary>Their plain sum; every read makes a new tensor.</summary>
    public Tensor Total => RpnObjectness + RpnBox + Classification + Box;
}

/// <summary>
/// The raw statistics of a batch at every rank of the grid (<see cref="Core.StatisticsGrid"/>), still on the device. An entry is
/// an image or, where the rule pools the images, the batch. ProposalsOnly: N entries in both. Official: 1 in both.
/// MMDetection: N of IoUs, 1 of errors.
/// </summary>
/// <param name="TopIoUs">[entries, ranks] float32: the rank-th largest IoUs; <see cref="NotMeasured"/> where there is none.</param>
/// <param name="LowErrors">[entries, ranks] float32: the rank-th smallest errors of the box centre, in box-coder units.</param>
/// <param name="ProposalCounts">[N] int64: the RPN's proposals.</param>
/// <param name="GroundTruthCounts">[N] int64.</param>
public sealed record StatisticTensors(Tensor TopIoUs, Tensor LowErrors, Tensor ProposalCounts, Tensor GroundTruthCounts)
{
    /// <summary>Stands for a value that was not measured; no statistic is negative.</summary>
    public const double NotMeasured = -1;
}

/// <summary>What a training forward pass gives.</summary>
public sealed record TrainingOutput(Losses Losses, StatisticTensors Statistics);

/// <summary>Detections of a batch in descending score, or by class and proposal where the profile says so; padded to one count.</summary>
/// <param name="Boxes">[N, D, 4] float32, (x1, y1, x2, y2) in network pixels, clipped to the unpadded image.</param>
/// <param name="Scores">[N, D] float32; 0 where invalid.</param>
/// <param name="Labels">[N, D] int64, 0..K-1.</param>
/// <param name="Valid">[N, D] bool.</param>
public sealed record Detections(Tensor Boxes, Tensor Scores, Tensor Labels, Tensor Valid);
