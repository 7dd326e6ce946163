using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data.Demo;
using DynamicRcnn.Detection;
using DynamicRcnn.Runs;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>drcnn demo: draws a data set, trains on it, evaluates, and draws what the detector finds.</summary>
internal static class DemoCommand
{
    private const string DefaultFolder = "runs/demo";
    private const double LeastDrawnScore = 0.5;
    private const int Pictures = 12;
    private static readonly DemoFolderOptions data = new(Seed: 1, TrainImages: 600, ValidationImages: 100);

    /// <exception cref="UsageException">An option is not valid.</exception>
    /// <exception cref="RunException">There is something in the folder already, or the run failed.</exception>
    public static void Run(DemoOptions options, Terminal terminal)
    {
        string root = options.Out ?? FreeFolder();
        string dataFolder = Path.Combine(root, "data");
        ConfigSources sources = Configuration.Sources(options.Choice);
        ResolvedConfig resolved = Configuration.Require(
            ConfigText.Resolve(Configuration.With(sources, "--data", "data.path", ConfigValue.NewText(dataFolder)))
        );
        string run = Path.Combine(root, "run");
        if (Directory.Exists(root) && Directory.EnumerateFileSystemEntries(root).Any())
        {
            throw new RunException($"{root}: there is something already; choose another --out", RunFault.Request);
        }

        Libtorch.Load(); // without it nothing is drawn
        terminal.Output.WriteLine(
            $"drawing {data.TrainImages} images to train on and {data.ValidationImages} to evaluate on in {dataFolder}"
        );
        DemoFolder.Write(dataFolder, data, CancellationToken.None);
        EvaluationResult? result = TrainCommand.Train(
            run,
            resolved,
            resume: false,
            Loudness.Normal,
            terminal,
            ProcessGroup.Alone
        );
        if (result is null)
        {
            return; // stopped by a signal; the run can be resumed
        }

        string pictures = DrawPictures(root, dataFolder, run, resolved.Config);
        terminal.Output.WriteLine();
        terminal.Output.WriteLine(
            $"AP50 {result.AP50:F3} on {Amount.Count(result.ImageCount, "image")} that it has not trained on"
        );
        terminal.Output.WriteLine($"what it finds in {Pictures} of them: {pictures}");
    }

    // The demo may be run again and again; it never writes into a folder that has something.
    private static string FreeFolder()
    {
        string folder = DefaultFolder;
        for (int number = 2; Directory.Exists(folder); number++)
        {
            folder = $"{DefaultFolder}-{number}";
        }

        return folder;
    }

    private static string DrawPictures(string root, string dataFolder, string run, Config config)
    {
        using TrainedDetector detector = TrainedDetector.Load(RunFolder.FindCheckpoint(run), config);
        string pictures = Path.Combine(root, "pictures");
        Directory.CreateDirectory(pictures);
        string[] images =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(dataFolder, "images"), "val_*.jpg")
                .Order(StringComparer.Ordinal)
                .Take(Pictures),
        ];
        var writer = new PictureWriter(detector, LeastDrawnScore);
        foreach ((string image, string picture) in images.Zip(PictureNames.Choose(images, pictures)))
        {
            writer.Write(image, picture);
        }

        return pictures;
    }
}
