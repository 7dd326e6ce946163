using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>What finds objects in pictures, whatever computes it.</summary>
public interface IObjectDetector : IDisposable
{
    /// <summary>Names and original ids, in the order of the labels.</summary>
    IReadOnlyList<ClassName> Classes { get; }

    /// <summary>The scores with the best F1 in the last evaluation that the detector had in its training; null: nothing says any.</summary>
    ScoreThresholds? ScoreThresholds { get; }

    /// <summary>The objects in one image, best first, in the image's own pixels.</summary>
    IReadOnlyList<DetectedObject> Detect(RgbImage image);
}
