using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>What finds objects in pictures, whatever computes it.</summary>
public interface IObjectDetector : IDisposable
{
    /// <summary>Names and original ids, in the order of the labels.</summary>
    IReadOnlyList<ClassName> Classes { get; }

    /// <summary>The objects in one image, best first, in the image's own pixels.</summary>
    IReadOnlyList<DetectedObject> Detect(RgbImage image);
}
