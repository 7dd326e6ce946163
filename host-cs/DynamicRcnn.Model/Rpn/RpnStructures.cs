namespace DynamicRcnn.Model;

// Letters: N images, A anchors of all levels, P proposals per image.

/// <summary>What the RPN says about every anchor.</summary>
/// <param name="Logits">[N, A] float32, or float64 as the weights; objectness before the sigmoid.</param>
/// <param name="Deltas">[N, A, 4] of the same type.</param>
/// <param name="Anchors">[A, 4].</param>
/// <param name="LevelCounts">Anchors of each level, finest first; their sum is A.</param>
internal sealed record RpnOutput(Tensor Logits, Tensor Deltas, Tensor Anchors, long[] LevelCounts)
{
    /// <summary>The same in float32, as boxes and their order are made.</summary>
    public RpnOutput ForBoxes =>
        this with
        {
            Logits = Logits.to(ScalarType.Float32),
            Deltas = Deltas.to(ScalarType.Float32),
        };
}

/// <summary>Proposals in descending objectness (in training level by level, where the profile says so), without a graph.</summary>
/// <param name="Boxes">[N, P, 4], clipped to the image.</param>
/// <param name="Valid">[N, P] bool.</param>
/// <param name="Logits">[N, P], their objectness before the sigmoid; minus infinity where invalid.</param>
internal sealed record Proposals(Tensor Boxes, Tensor Valid, Tensor Logits);
