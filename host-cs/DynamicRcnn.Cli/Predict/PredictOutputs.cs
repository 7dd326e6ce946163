using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>Everything that predict writes beside the pictures: predictions.json and the formats that are asked for.</summary>
internal sealed class PredictOutputs : IDisposable
{
    private const string JsonName = "predictions.json";
    private const string CsvName = "predictions.csv";
    private const string YoloName = "yolo";
    private const string VocName = "voc";
    private const string CropsName = "crops";

    private readonly UniqueNames names = new();
    private readonly List<IPredictionWriter> writers = [];
    private readonly PredictionsJson json;

    /// <summary>Begins the files in a folder that is there.</summary>
    /// <param name="options">The folder and the formats.</param>
    /// <param name="detector">What finds the objects.</param>
    /// <param name="leastScore">Of what is drawn.</param>
    /// <param name="ids">For COCO's results; null: images are numbered.</param>
    /// <exception cref="UsageException">A format cannot hold the detector's classes.</exception>
    /// <exception cref="IOException">The folder does not take a file.</exception>
    public PredictOutputs(PredictOptions options, LoadedDetector detector, double leastScore, AnnotatedIds? ids)
    {
        IReadOnlyList<ClassName> classes = detector.Detector.Classes;
        json = new PredictionsJson(Path.Combine(options.Out, JsonName), classes);
        try
        {
            foreach (PredictFormat format in options.Formats)
            {
                writers.Add(Writer(format));
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        IPredictionWriter Writer(PredictFormat format)
        {
            var shown = new ShownBoxes(leastScore, detector.BoxOffset);
            return format.IsCoco ? new CocoFiles(options.Out, classes, detector.BoxOffset, ids)
                : format.IsYolo ? new YoloFolder(Path.Combine(options.Out, YoloName), classes, shown)
                : format.IsVoc ? new VocFolder(Path.Combine(options.Out, VocName), classes, shown)
                : format.IsCsv ? new CsvFile(Path.Combine(options.Out, CsvName), classes, detector.BoxOffset)
                : new CropFolder(Path.Combine(options.Out, CropsName), classes, shown);
        }
    }

    /// <summary>Images that could not be looked at so far.</summary>
    public int FailedCount => json.FailedCount;

    /// <summary>Passes when nothing would be overwritten or mixed with what is there.</summary>
    /// <exception cref="UsageException">There is a file or folder of such a name.</exception>
    public static void RequireFree(PredictOptions options)
    {
        if (File.Exists(options.Out))
        {
            throw new UsageException([$"predict: --out {options.Out} is a file; expected a folder"]);
        }

        string[] written = [JsonName, .. options.Formats.SelectMany(NamesOf)];
        foreach (string name in written)
        {
            PictureNames.RequireFree(Path.Combine(options.Out, name));
        }
    }

    /// <summary>A picture in which was looked.</summary>
    /// <param name="prediction">What was found.</param>
    /// <param name="pixels">The picture.</param>
    /// <param name="stem">What it is called in data sets, if nothing else is.</param>
    public void Write(Prediction prediction, RgbImage pixels, string stem)
    {
        var seen = new SeenPicture(prediction, pixels, names.TakePlain(stem));
        json.Write(seen);
        foreach (IPredictionWriter writer in writers)
        {
            writer.Write(seen);
        }
    }

    /// <summary>An image that could not be looked at.</summary>
    public void Fail(FailedImage image) => json.Fail(image);

    /// <summary>Completes the files.</summary>
    /// <returns>A line for each.</returns>
    public IReadOnlyList<string> Finish() => [json.Finish(), .. writers.Select(writer => writer.Finish())];

    /// <inheritdoc/>
    public void Dispose()
    {
        json.Dispose();
        foreach (IPredictionWriter writer in writers)
        {
            writer.Dispose();
        }
    }

    private static string[] NamesOf(PredictFormat format) =>
        format.IsCoco ? [CocoFiles.ResultsName, CocoFiles.ImagesName]
        : format.IsYolo ? [YoloName]
        : format.IsVoc ? [VocName]
        : format.IsCsv ? [CsvName]
        : [CropsName];
}
