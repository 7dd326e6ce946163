using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>An image of a run's panel.</summary>
/// <param name="Id">The id in the data set.</param>
/// <param name="File">The name that the annotations use.</param>
/// <param name="Size">Of the original, in whose pixels all boxes are.</param>
/// <param name="WrittenSize">Of the small copy.</param>
/// <param name="Picture">File name of the small copy, a JPEG in the panel's folder.</param>
/// <param name="Boxes">Ground truth, crowds included.</param>
public sealed record PanelImage(
    long Id,
    string File,
    ImageSize Size,
    ImageSize WrittenSize,
    string Picture,
    IReadOnlyList<PanelTruth> Boxes
);

/// <summary>A ground truth in original pixels.</summary>
/// <param name="X1">Left.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right, exclusive.</param>
/// <param name="Y2">Bottom, exclusive.</param>
/// <param name="Label">Place of its class among the panel's.</param>
/// <param name="Crowd">Whether evaluation ignores what finds it.</param>
public readonly record struct PanelTruth(float X1, float Y1, float X2, float Y2, int Label, bool Crowd);

/// <summary>What an evaluation found in the panel.</summary>
/// <param name="Iteration">When.</param>
/// <param name="Images">For each image of the panel, in its order, the best detections first.</param>
public sealed record PanelEvaluation(int Iteration, IReadOnlyList<IReadOnlyList<DetectedObject>> Images);
