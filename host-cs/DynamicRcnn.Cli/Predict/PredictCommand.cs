using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn predict: finds objects in images; writes annotated pictures and predictions.json.</summary>
internal static class PredictCommand
{
    private const string JsonName = "predictions.json";

    /// <exception cref="UsageException">The configuration is missing or not valid, or a file would be replaced.</exception>
    /// <exception cref="IOException">An argument names no image, or a picture cannot be written.</exception>
    /// <exception cref="RunException">The checkpoint cannot be used.</exception>
    /// <exception cref="IncompleteException">Some images could not be looked at; the others were.</exception>
    public static void Run(PredictOptions options, Terminal terminal)
    {
        IReadOnlyList<string> images = ImageArguments.Expand(options.Images);
        IReadOnlyList<string> pictures = PictureNames.Choose(images, options.Out);
        string json = Path.Combine(options.Out, JsonName);
        PictureNames.RequireFree(json);
        using IObjectDetector detector = DetectorOf(options);
        Directory.CreateDirectory(options.Out);
        DrawnScore drawn = DrawnScore.Of(options.ScoreThreshold, detector);
        terminal.Output.WriteLine(drawn.Reason);
        var writer = new PictureWriter(detector, drawn.Least);
        var predictions = new List<Prediction>();
        var failed = new List<FailedImage>();
        foreach ((string image, string picture) in images.Zip(pictures))
        {
            try
            {
                Prediction prediction = writer.Write(image, picture);
                predictions.Add(prediction);
                terminal.Output.WriteLine(
                    $"{image}: {Amount.Count(prediction.Detections.Count, "detection")}, drawn in {picture}"
                );
            }
            catch (ImageException error)
            {
                failed.Add(new FailedImage(image, error.Message));
                terminal.Errors.WriteLine($"drcnn: {error.Message}");
            }
        }

        PredictionsJson.Write(json, predictions, failed, detector.Classes);
        terminal.Output.WriteLine(json);
        if (failed.Count > 0)
        {
            throw new IncompleteException(
                ExitCode.BadInput,
                $"{failed.Count} of {Amount.Count(images.Count, "image")} could not be looked at"
            );
        }
    }

    private static IObjectDetector DetectorOf(PredictOptions options)
    {
        if (OnnxArgument.Is(options.Checkpoint))
        {
            Config said = OnnxArgument.ConfigOf(options.Checkpoint, options.Choice, options.Classes);
            return OnnxDetector.Load(options.Checkpoint, said.Run.Threads, options.ScoreThreshold);
        }
        DetectorFile file = DetectorFile.Read(RunFolder.FindCheckpoint(options.Checkpoint));
        Config config = Configuration.Of(file, options.Choice).Config;
        return TrainedDetector.Load(file, config, file.Classes(ClassNameArgument.Read(options.Classes)));
    }
}
