using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>A detection as COCO's results hold it: corner, width, height. The authors' widths count the last pixel too.</summary>
public static class WrittenBox
{
    /// <param name="found">In the image's own pixels.</param>
    /// <param name="image">The image that it was found in.</param>
    /// <param name="name">Its class.</param>
    /// <param name="conventions">Whose widths.</param>
    public static DetectionBox Of(DetectedObject found, ImageRecord image, ClassName name, Conventions conventions) =>
        Of(found, image, name, conventions.BoxOffset);

    /// <param name="found">In the image's own pixels.</param>
    /// <param name="image">The image that it was found in.</param>
    /// <param name="name">Its class.</param>
    /// <param name="boxOffset">1 where widths count the last pixel too, else 0.</param>
    public static DetectionBox Of(DetectedObject found, ImageRecord image, ClassName name, int boxOffset) =>
        new(
            image.Id,
            name.Id,
            found.X1,
            found.Y1,
            found.X2 - found.X1 + boxOffset,
            found.Y2 - found.Y1 + boxOffset,
            found.Score
        );
}
