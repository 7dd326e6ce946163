using DynamicRcnn.Core;

namespace DynamicRcnn.Data;

/// <summary>A category as the data set names it. The order of a data set's classes is the order of their labels, from 0.</summary>
/// <param name="Id">The id in the file; predictions are written with it.</param>
/// <param name="Name">What people call it.</param>
public sealed record ClassName(long Id, string Name);

/// <summary>A box in original pixels, x2 and y2 exclusive.</summary>
/// <param name="X1">Left.</param>
/// <param name="Y1">Top.</param>
/// <param name="X2">Right.</param>
/// <param name="Y2">Bottom.</param>
/// <param name="Label">Place of its class among the data set's, from 0.</param>
/// <param name="Crowd">A group of objects, or one that Pascal VOC calls difficult: evaluation ignores what finds it, training leaves it out.</param>
/// <param name="Area">Area in pixels as the file states it; it decides small, medium and large.</param>
/// <param name="AnnotationId">The id in the file.</param>
public readonly record struct GroundTruthBox(
    float X1,
    float Y1,
    float X2,
    float Y2,
    int Label,
    bool Crowd,
    double Area,
    long AnnotationId
)
{
    /// <summary>A single object that Pascal VOC calls difficult; then it is <see cref="Crowd"/> too.</summary>
    public bool Difficult { get; init; }
}

/// <summary>An image and its boxes.</summary>
/// <param name="Id">The id in the file, unique in the data set.</param>
/// <param name="Path">Where the image lies.</param>
/// <param name="FileName">The name that the annotations use.</param>
/// <param name="Width">Pixels of the upright picture.</param>
/// <param name="Height">Pixels of the upright picture.</param>
/// <param name="Boxes">On the upright picture, in the file's order; crowds included.</param>
public sealed record ImageRecord(
    long Id,
    string Path,
    string FileName,
    int Width,
    int Height,
    IReadOnlyList<GroundTruthBox> Boxes
)
{
    /// <summary>The decoded picture. What is larger than a configuration allows was left out before.</summary>
    /// <exception cref="ImageException">It cannot be decoded.</exception>
    public RgbImage Decode() => ImageCodec.ReadFile(Path, Math.Max(ImageCodec.DefaultMaxPixels, (long)Width * Height));

    /// <summary>How an image that was decoded differs in size from what is stated here, as the end of a sentence; null when it does not.</summary>
    public string? Mismatch(RgbImage decoded) =>
        decoded.Width == Width && decoded.Height == Height
            ? null
            : $"is {decoded.Width} x {decoded.Height}, but its annotations say {Width} x {Height}";
}

/// <summary>A data set that was read and checked. Nothing of it is ever written.</summary>
/// <param name="Name">Its folder's or file's name.</param>
/// <param name="Split">Such as train or val.</param>
/// <param name="Classes">In the file's order: the place in this list is the label.</param>
/// <param name="Images">In the file's order.</param>
/// <param name="Findings">What it goes on without.</param>
public sealed record Dataset(
    string Name,
    string Split,
    IReadOnlyList<ClassName> Classes,
    IReadOnlyList<ImageRecord> Images,
    IReadOnlyList<Finding> Findings
)
{
    /// <summary>Images that EXIF turns; everything here is about the upright pictures.</summary>
    public int TurnedImages { get; init; }
}

/// <summary>A data set that cannot be used as it is. One sentence: the file, the field, the value, what was expected.</summary>
public sealed class DataException : DynamicRcnnException
{
    /// <summary>With that sentence.</summary>
    public DataException(string message)
        : base(AnnotationText.Sentence(message), innerException: null) { }

    /// <summary>With that sentence and what caused it.</summary>
    public DataException(string message, Exception innerException)
        : base(AnnotationText.Sentence(message), innerException) { }
}
