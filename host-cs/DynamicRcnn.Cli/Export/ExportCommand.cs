using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Onnx;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>drcnn export: a detector as an ONNX file, perhaps checked on pictures.</summary>
internal static class ExportCommand
{
    /// <exception cref="UsageException">The output is there already, or the configuration is missing or not valid.</exception>
    /// <exception cref="IOException">The file cannot be written, or no picture is named.</exception>
    /// <exception cref="ImageException">A picture cannot be decoded.</exception>
    /// <exception cref="RunException">The detector cannot be read or exported, or the file finds something else; it is deleted then.</exception>
    public static void Run(ExportOptions options, Terminal terminal)
    {
        IReadOnlyList<string> pictures = ImageArguments.Expand(options.Check);
        if (Path.Exists(options.Output))
        {
            throw new UsageException([$"{options.Output}: there is such a file already; name another one"]);
        }
        DetectorFile file = DetectorFile.Read(RunFolder.FindCheckpoint(options.Input));
        Config config = Configuration.Of(file, options.Choice).Config;
        IReadOnlyList<ClassName> classes = file.Classes(ClassNameArgument.Read(options.Classes));
        using TrainedDetector detector = TrainedDetector.Load(file, config, classes);
        OnnxForm form = new(options.FromTensor, options.Raw);
        // A file has its name once it has passed the check.
        string written = pictures.Count > 0 ? $"{options.Output}.unchecked" : options.Output;
        AtomicFile.Write(written, stream => OnnxExport.Write(stream, detector, form, file));
        if (pictures.Count > 0)
        {
            RequireEqual(written, detector, config, pictures, terminal);
            File.Move(written, options.Output);
        }
        long size = new FileInfo(options.Output).Length;
        terminal.Output.WriteLine(
            $"{options.Output}: {Amount.Bytes(size)}, {Amount.Count(classes.Count, "class", "classes")}"
        );
    }

    private static void RequireEqual(
        string path,
        TrainedDetector detector,
        Config config,
        IReadOnlyList<string> pictures,
        Terminal terminal
    )
    {
        try
        {
            using OnnxDetector exported = OnnxDetector.Load(path, config.Run.Threads);
            ExportCheck check = new(detector, exported, config);
            foreach (string picture in pictures)
            {
                if (check.Look(ImageCodec.ReadFile(picture)) is { } difference)
                {
                    throw new RunException($"{picture}: {difference}; {path} was deleted.");
                }
            }
            terminal.Output.WriteLine(
                $"checked on {Amount.Count(check.Pictures, "picture")}: {Amount.Count(check.Found, "detection")}, {check.Undecided} undecided by rounding; at most {check.BoxDifference:g2} pixels and {check.ScoreDifference:g2} in score apart; {check.OurTime.TotalMilliseconds / check.Pictures:F0} ms a picture by the detector, {check.TheirTime.TotalMilliseconds / check.Pictures:F0} ms by the file"
            );
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }
}
