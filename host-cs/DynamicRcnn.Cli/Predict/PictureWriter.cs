using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Looks at images and writes them with what was found.</summary>
/// <param name="detector">Finds the objects.</param>
/// <param name="leastScore">Detections below are not drawn.</param>
internal sealed class PictureWriter(IObjectDetector detector, double leastScore)
{
    private readonly string[] names = [.. detector.Classes.Select(name => name.Name)];

    /// <summary>Reads an image, finds objects, writes the picture.</summary>
    /// <exception cref="ImageException">The image cannot be decoded.</exception>
    /// <exception cref="IOException">The picture cannot be written.</exception>
    public Prediction Write(string image, string picture)
    {
        RgbImage decoded = ImageCodec.ReadFile(image, detector.MaxPixels);
        IReadOnlyList<DetectedObject> found = detector.Detect(decoded);
        DetectedObject[] drawn = [.. found.Where(detection => detection.Score >= leastScore)];
        RgbImage annotated = DetectionPicture.Draw(
            decoded,
            [.. drawn.SelectMany(detection => new[] { detection.X1, detection.Y1, detection.X2, detection.Y2 })],
            [.. drawn.Select(detection => detection.Label)],
            [.. drawn.Select(detection => detection.Score)],
            names
        );
        byte[] encoded = ImageCodec.EncodeJpeg(annotated);
        AtomicFile.Write(picture, stream => stream.Write(encoded));
        return new Prediction(image, decoded.Width, decoded.Height, found);
    }
}
