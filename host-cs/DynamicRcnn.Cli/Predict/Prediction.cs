using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Which picture of a video.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Seconds">From the video's start.</param>
internal readonly record struct VideoFrame(int Number, double Seconds);

/// <summary>What was found in one image.</summary>
/// <param name="File">As it was named.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Detections">Best first.</param>
internal sealed record Prediction(string File, int Width, int Height, IReadOnlyList<DetectedObject> Detections)
{
    /// <summary>Null: the file is a picture.</summary>
    public VideoFrame? Frame { get; init; }

    /// <summary>Its size.</summary>
    public ImageSize Size => new(Width, Height);
}

/// <summary>An image that could not be looked at.</summary>
internal sealed record FailedImage(string File, string Reason);

/// <summary>A picture with what was found in it, on its way into the files.</summary>
/// <param name="Prediction">Everything that was found.</param>
/// <param name="Pixels">The picture.</param>
/// <param name="Stem">A name that no other picture of the run has, for files.</param>
internal sealed record SeenPicture(Prediction Prediction, RgbImage Pixels, string Stem)
{
    /// <summary>What lists call it: the file as it was named, or the file that a frame would be.</summary>
    public string Name => Prediction.Frame is null ? Prediction.File : $"{Stem}.jpg";
}

/// <summary>Writes what was found in one of the formats, picture by picture.</summary>
internal interface IPredictionWriter : IDisposable
{
    /// <summary>A further picture.</summary>
    void Write(SeenPicture seen);

    /// <summary>Completes the files.</summary>
    /// <returns>Where they are, what is in them, and what was left out.</returns>
    string Finish();
}
