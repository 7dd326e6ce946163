using DynamicRcnn.Data;
using SixLabors.ImageSharp;

namespace DynamicRcnn.Runs;

/// <summary>Pictures in other forms for any detector. What they throw beside <see cref="ImageException"/> is the detector's.</summary>
public static class DetectorInputs
{
    /// <summary>The objects in a picture's file, upright: boxes are in the pixels that EXIF's orientation makes.</summary>
    /// <param name="detector">Finds them.</param>
    /// <param name="path">JPEG, PNG, BMP, WebP, TIFF, TGA or PBM.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="ImageException">It cannot be read or decoded, or has too many pixels.</exception>
    public static IReadOnlyList<DetectedObject> Detect(
        this IObjectDetector detector,
        string path,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(path);
        cancellation.ThrowIfCancellationRequested();
        return detector.Detect(ImageCodec.ReadFile(path, detector.MaxPixels), cancellation);
    }

    /// <summary>The same of several files, in their order; all of them are decoded before the first is looked at.</summary>
    /// <inheritdoc cref="Detect(IObjectDetector, string, CancellationToken)"/>
    /// <param name="detector">Finds them.</param>
    /// <param name="paths">The files.</param>
    /// <param name="cancellation">Ends the call.</param>
    public static IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        this IObjectDetector detector,
        IReadOnlyList<string> paths,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(paths);
        RgbImage[] images =
        [
            .. paths.Select(path =>
            {
                cancellation.ThrowIfCancellationRequested();
                return ImageCodec.ReadFile(path, detector.MaxPixels);
            }),
        ];
        return detector.Detect(images, cancellation);
    }

    /// <summary>The objects in the picture that a stream holds from its position to its end. It is read whole and stays open.</summary>
    /// <inheritdoc cref="Detect(IObjectDetector, string, CancellationToken)"/>
    /// <param name="detector">Finds them.</param>
    /// <param name="stream">What a file would hold.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static IReadOnlyList<DetectedObject> Detect(
        this IObjectDetector detector,
        Stream stream,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(stream);
        cancellation.ThrowIfCancellationRequested();
        return detector.Detect(ImageCodec.Read(stream, detector.MaxPixels), cancellation);
    }

    /// <summary>The objects in pixels: [height, width, 3] of red, green and blue, row by row without padding. They are not copied.</summary>
    /// <param name="detector">Finds them.</param>
    /// <param name="pixels">Not to be changed during the call.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="cancellation">Ends the call.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    public static IReadOnlyList<DetectedObject> Detect(
        this IObjectDetector detector,
        byte[] pixels,
        int width,
        int height,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(pixels);
        return detector.Detect(new RgbImage(width, height, pixels), cancellation);
    }

    /// <summary>
    /// The objects in an image of ImageSharp, in its own pixels: a file's orientation has no part in it (<c>AutoOrient</c> applies it before). Alpha is
    /// dropped, as it is from files.
    /// </summary>
    /// <param name="detector">Finds them.</param>
    /// <param name="image">It stays the caller's and is copied.</param>
    /// <param name="cancellation">Ends the call.</param>
    public static IReadOnlyList<DetectedObject> Detect(
        this IObjectDetector detector,
        Image image,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(image);
        cancellation.ThrowIfCancellationRequested();
        return detector.Detect(RgbImage.Of(image), cancellation);
    }
}
