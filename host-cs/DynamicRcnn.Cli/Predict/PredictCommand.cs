using System.Diagnostics.CodeAnalysis;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn predict: finds objects in pictures and videos; writes them with what was found, predictions.json and other formats.</summary>
internal static class PredictCommand
{
    /// <exception cref="UsageException">The configuration is missing or not valid, or a file would be replaced.</exception>
    /// <exception cref="IOException">An argument names no image, or a picture cannot be written.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used.</exception>
    /// <exception cref="IncompleteException">Some images could not be looked at, or a signal came; the others were.</exception>
    public static void Run(PredictOptions options, Terminal terminal)
    {
        IReadOnlyList<string> images = ImageArguments.Expand(ImageArguments.Listed(options.Images, terminal.Input));
        IReadOnlyList<string> pictures = PictureNames.Choose(images, options.Out);
        PredictOutputs.RequireFree(options);
        if (images.FirstOrDefault(VideoNames.IsVideo) is { } needy)
        {
            Ffmpeg.Require(needy);
        }

        AnnotatedIds? ids = options.Annotations is null ? null : AnnotatedIds.Read(options.Annotations);
        ids?.RequireFor(images);
        using LoadedDetector loaded = DetectorOf(options);
        Directory.CreateDirectory(options.Out);
        DrawnScore drawn = DrawnScore.Of(options.ScoreThreshold, loaded.Detector);
        terminal.Output.WriteLine(drawn.Reason);
        var writer = new PictureWriter(loaded.Detector, drawn.Least);
        using var outputs = new PredictOutputs(options, loaded, drawn.Least, ids);
        using var stop = new StopSignal(terminal.Errors.WriteLine, "picture");
        var videos = new VideoPredictor(loaded.Detector, writer, outputs, terminal, stop.Token);
        int looked = 0;
        foreach (
            (string image, string picture) in images.Zip(pictures).TakeWhile(_ => !stop.Token.IsCancellationRequested)
        )
        {
            try
            {
                string seen = VideoNames.IsVideo(image) ? Video(image, picture) : Picture(image, picture);
                terminal.Output.WriteLine($"{image}: {seen} drawn in {picture}");
            }
            catch (ImageException error)
            {
                outputs.Fail(new FailedImage(image, error.Message));
                terminal.Errors.WriteLine($"drcnn: {error.Message}");
            }
            looked++;
        }

        foreach (string line in outputs.Finish())
        {
            terminal.Output.WriteLine(line);
        }
        RequireAll(images, looked, outputs, stop.Token.IsCancellationRequested);

        string Picture(string image, string picture)
        {
            (Prediction prediction, RgbImage pixels) = writer.Write(image, picture);
            outputs.Write(prediction, pixels, Path.GetFileNameWithoutExtension(picture));
            return Detections(prediction.Detections.Count, prediction.Detections.Count(writer.IsDrawn));
        }

        string Video(string video, string drawn)
        {
            (int frames, int found, int shown) = videos.Look(video, drawn);
            return $"{Amount.Count(frames, "frame")}, {Detections(found, shown)}";
        }
    }

    private static void RequireAll(IReadOnlyList<string> images, int looked, PredictOutputs outputs, bool isStopped)
    {
        string all = Amount.Count(images.Count, "image");
        // Of a video that came last nobody knows whether it was looked at to the end.
        if (isStopped && (looked < images.Count || VideoNames.IsVideo(images[^1])))
        {
            throw new IncompleteException(
                ExitCode.Interrupted,
                $"ended by a signal after {looked} of {all}; what was found in them is written"
            );
        }
        if (outputs.FailedCount > 0)
        {
            string part = images.Any(VideoNames.IsVideo) ? ", or not to the end" : "";
            throw new IncompleteException(
                ExitCode.BadInput,
                $"{outputs.FailedCount} of {all} could not be looked at{part}"
            );
        }
    }

    private static string Detections(int found, int shown) => $"{Amount.Count(found, "detection")}, {shown}";

    [SuppressMessage("Reliability", "CA2000", Justification = "What looks at tiles is disposed of with the result.")]
    private static LoadedDetector DetectorOf(PredictOptions options)
    {
        if (OnnxArgument.Is(options.Checkpoint))
        {
            Config said = OnnxArgument.ConfigOf(options.Checkpoint, options.Choice, options.Classes);
            OnnxDetector exported = OnnxDetector.Load(
                options.Checkpoint,
                said.Run.Threads,
                options.ScoreThreshold,
                said.Data.MaxPixels
            );
            try
            {
                IObjectDetector seeing = TileArgument.Over(exported, options.Tiles, options.Checkpoint);
                return new LoadedDetector(seeing, exported.BoxOffset);
            }
            catch
            {
                exported.Dispose();
                throw;
            }
        }

        DetectorFile file = DetectorFile.Read(RunFolder.FindCheckpoint(options.Checkpoint));
        Config config = Configuration.Of(file, options.Choice).Config;
        IReadOnlyList<ClassName> classes = file.Classes(ClassNameArgument.Read(options.Classes));
        TrainedDetector detector = TrainedDetector.Load(file, config, classes);
        try
        {
            IObjectDetector looking = TileArgument.Over(detector, options.Tiles);
            return new LoadedDetector(looking, config.Model.Conventions.BoxOffset);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }
}
