using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Runs;

/// <summary>
/// What finds objects in pictures, whatever computes it. Any number of threads may call one detector at once, and each gets what it would get
/// alone, to the bit; none may be inside a call when the detector is disposed of. <see cref="DetectorInputs"/> takes paths, streams and
/// ImageSharp's images.
/// </summary>
public interface IObjectDetector : IDisposable
{
    /// <summary>Names and original ids, in the order of the labels.</summary>
    IReadOnlyList<ClassName> Classes { get; }

    /// <summary>The scores with the best F1 in the last evaluation that the detector had in its training; null: nothing says any.</summary>
    ScoreThresholds? ScoreThresholds { get; }

    /// <summary>Files of pictures with more pixels are refused.</summary>
    long MaxPixels { get; }

    /// <summary>The objects in one image, best first, in the image's own pixels, with the names of their classes.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="cancellation">Ends the call between two parts of the network, or sooner.</param>
    /// <exception cref="DynamicRcnnException">The image cannot be computed on.</exception>
    /// <exception cref="ArgumentNullException">There is no image.</exception>
    /// <exception cref="ObjectDisposedException">The detector has been disposed of.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default);

    /// <summary>
    /// The objects in each of several images, in their order. Images that need no other padding than alone may share a pass through the network; they
    /// take memory together, and the results of such a pass may differ from those of single images in rounding.
    /// </summary>
    /// <inheritdoc cref="Detect(RgbImage, CancellationToken)"/>
    /// <param name="images">The pictures.</param>
    /// <param name="cancellation">Ends the call; nothing comes back of any image.</param>
    IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        IReadOnlyList<RgbImage> images,
        CancellationToken cancellation = default
    );
}
