using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>An object that was found in an image.</summary>
/// <param name="X1">Left, in the image's own pixels.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Label">Place of its class among the detector's, from 0.</param>
/// <param name="Score">Confidence, 0 to 1.</param>
/// <param name="Name">Of its class, where a detector found it; empty where boxes are stored or measured.</param>
public readonly record struct DetectedObject(
    float X1,
    float Y1,
    float X2,
    float Y2,
    int Label,
    float Score,
    string Name = ""
);

/// <summary>A detector's figures on a split.</summary>
/// <param name="Result">COCO average precision.</param>
/// <param name="Losses">Means over the images; null when they were not asked for, or no image could give any.</param>
/// <param name="Findings">Images that had to be left out, ground truth included.</param>
/// <param name="Kept">What was found in the images that were asked for, by image id.</param>
public sealed record Measurement(
    EvaluationResult Result,
    StepLosses? Losses,
    IReadOnlyList<Finding> Findings,
    IReadOnlyDictionary<long, IReadOnlyList<DetectedObject>> Kept
);
