using System.Diagnostics;
using System.Globalization;
using DynamicRcnn.Data;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>Looks at videos frame by frame; no more than one frame is in memory.</summary>
/// <param name="detector">Finds the objects.</param>
/// <param name="writer">Draws them.</param>
/// <param name="outputs">Take what was found.</param>
/// <param name="terminal">Where it is said how far it is.</param>
/// <param name="stop">Ends a video after the current frame.</param>
internal sealed class VideoPredictor(
    IObjectDetector detector,
    PictureWriter writer,
    PredictOutputs outputs,
    Terminal terminal,
    CancellationToken stop
)
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(5);

    /// <summary>Looks at every frame and writes the video with what was found.</summary>
    /// <param name="video">What is read.</param>
    /// <param name="drawn">What is written.</param>
    /// <returns>Frames, detections, and those that are drawn.</returns>
    /// <exception cref="ImageException">The video cannot be read to its end; what was read is written.</exception>
    /// <exception cref="IOException">The video, or another file, cannot be written.</exception>
    public (int Frames, int Found, int Drawn) Look(string video, string drawn)
    {
        using var reader = new VideoReader(video, detector.MaxPixels);
        VideoWriter? film = null;
        var line = new ProgressLine(terminal.Output, terminal.Columns);
        var sinceShown = Stopwatch.StartNew();
        (int frames, int found, int shown) = (0, 0, 0);
        try
        {
            while (!stop.IsCancellationRequested && reader.Next() is { } frame)
            {
                IReadOnlyList<DetectedObject> objects = detector.Detect(frame);
                film ??= new VideoWriter(drawn, reader.Rate, new ImageSize(frame.Width, frame.Height));
                film.Write(writer.Draw(frame, objects));
                Write(frame, objects);
                (frames, found, shown) = (frames + 1, found + objects.Count, shown + objects.Count(writer.IsDrawn));
                if (sinceShown.Elapsed > interval)
                {
                    line.Show($"{video}: {Amount.Count(frames, "frame")}");
                    sinceShown.Restart();
                }
            }

            if (film is null && !stop.IsCancellationRequested)
            {
                throw new ImageException($"{video}: the video has no frame.");
            }

            film?.Finish();
            if (reader.Complaint is { } words)
            {
                terminal.Errors.WriteLine($"drcnn: {video}: ffmpeg could not read all of the video: {words}");
            }

            return (frames, found, shown);
        }
        catch (ImageException) when (film is not null)
        {
            film.Finish();
            throw;
        }
        finally
        {
            line.End();
            film?.Dispose();
        }

        void Write(RgbImage frame, IReadOnlyList<DetectedObject> objects)
        {
            Prediction prediction = new(video, frame.Width, frame.Height, objects)
            {
                Frame = new VideoFrame(frames, frames / reader.FramesPerSecond),
            };
            string number = frames.ToString("D6", CultureInfo.InvariantCulture);
            outputs.Write(prediction, frame, $"{Path.GetFileNameWithoutExtension(drawn)}-{number}");
        }
    }
}
