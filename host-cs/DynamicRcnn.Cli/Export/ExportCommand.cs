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
    /// <exception cref="ImageException">No picture can be decoded.</exception>
    /// <exception cref="IncompleteException">Some pictures cannot be decoded; the file is equal on the others.</exception>
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
        int unread = 0;
        if (pictures.Count > 0)
        {
            unread = RequireEqual(written, detector, config, pictures, terminal);
            File.Move(written, options.Output);
        }
        long size = new FileInfo(options.Output).Length;
        terminal.Output.WriteLine(
            $"{options.Output}: {Amount.Bytes(size)}, {Amount.Count(classes.Count, "class", "classes")}"
        );
        if (unread > 0)
        {
            throw new IncompleteException(
                ExitCode.BadInput,
                $"the file was not checked on {unread} of {Amount.Count(pictures.Count, "picture")}, which could not be read"
            );
        }
    }

    /// <returns>Pictures that could not be read; not all of them.</returns>
    private static int RequireEqual(
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
            int unread = 0;
            foreach (string picture in pictures)
            {
                try
                {
                    if (check.Look(ImageCodec.ReadFile(picture)) is { } difference)
                    {
                        throw new RunException($"{picture}: {difference}; {path} was deleted.");
                    }
                }
                catch (ImageException error) when (pictures.Count > ++unread)
                {
                    terminal.Errors.WriteLine($"drcnn: {error.Message}");
                }
            }
            terminal.Output.WriteLine(
                $"checked on {Amount.Count(check.Pictures, "picture")}: {Amount.Count(check.Found, "detection")}, {check.Undecided} undecided by rounding; at most {check.BoxDifference:g2} pixels and {check.ScoreDifference:g2} in score apart; {check.OurTime.TotalMilliseconds / check.Pictures:F0} ms a picture by the detector, {check.TheirTime.TotalMilliseconds / check.Pictures:F0} ms by the file"
            );
            return unread;
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }
}
