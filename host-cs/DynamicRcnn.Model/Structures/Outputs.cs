namespace DynamicRcnn.Model;

// Letters: N images, D detections per image.

/// <summary>The four losses of a batch, each 0-dimensional float32 with its graph.</summary>
public sealed record Losses(Tensor RpnObjectness, Tensor RpnBox, Tensor Classification, Tensor Box)
{
    /// <summary>Their plain sum; every read makes a new tensor.</summary>
    public Tensor Total => RpnObjectness + RpnBox + Classification + Box;
}

/// <summary>
/// The raw statistics of a batch, still on the device. ProposalsOnly: all four [N]. Official: all four [1]. MMDetection:
/// IoUs [N], errors [1]. A value that was not measured is 0 and its flag false.
/// </summary>
/// <param name="TopIoUs">float32: the K_I-th largest IoU.</param>
/// <param name="LowErrors">float32: the K_E-th smallest error of the box centre, in box-coder units.</param>
/// <param name="TopIoUMeasured">bool, as long as <paramref name="TopIoUs"/>.</param>
/// <param name="LowErrorMeasured">bool, as long as <paramref name="LowErrors"/>.</param>
public sealed record StatisticTensors(Tensor TopIoUs, Tensor LowErrors, Tensor TopIoUMeasured, Tensor LowErrorMeasured);

/// <summary>What a training forward pass gives.</summary>
public sealed record TrainingOutput(Losses Losses, StatisticTensors Statistics);

/// <summary>Detections of a batch in descending score, or by class and proposal where the profile says so; padded to one count.</summary>
/// <param name="Boxes">[N, D, 4] float32, (x1, y1, x2, y2) in network pixels, clipped to the unpadded image.</param>
/// <param name="Scores">[N, D] float32; 0 where invalid.</param>
/// <param name="Labels">[N, D] int64, 0..K-1.</param>
/// <param name="Valid">[N, D] bool.</param>
public sealed record Detections(Tensor Boxes, Tensor Scores, Tensor Labels, Tensor Valid);
