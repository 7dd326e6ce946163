namespace DynamicRcnn.Model;

/// <summary>Ground truth whose padding rows are harmless, whatever they held: a point far outside, label 0.</summary>
internal static class PaddedTruth
{
    /// <summary>Coordinate of padding rows: no box of an image reaches there, so that every IoU is 0.</summary>
    private const float FarAway = -1e6f;

    /// <param name="truth">As the caller gave it; G = 0 becomes one padding row.</param>
    public static GroundTruth From(GroundTruth truth)
    {
        Device device = truth.Boxes.device;
        long images = truth.Boxes.shape[0];
        if (truth.Boxes.shape[1] == 0)
        {
            return new GroundTruth(
                torch.full([images, 1, 4], FarAway, ScalarType.Float32, device),
                torch.zeros([images, 1], ScalarType.Int64, device),
                torch.zeros([images, 1], ScalarType.Bool, device)
            );
        }
        Tensor padding = truth.Valid.logical_not();
        return new GroundTruth(
            truth.Boxes.masked_fill(padding.unsqueeze(-1), FarAway),
            truth.Labels.masked_fill(padding, 0),
            truth.Valid
        );
    }
}
