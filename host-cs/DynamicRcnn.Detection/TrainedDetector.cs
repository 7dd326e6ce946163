using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Detection;

/// <summary>A detector from a checkpoint, ready to look at images.</summary>
public sealed class TrainedDetector : IObjectDetector
{
    private TrainedDetector(Detector detector, Config config, IReadOnlyList<ClassName> classes)
    {
        Detector = detector;
        Config = config;
        Classes = classes;
        Evaluator = new Evaluator(detector, config);
    }

    /// <summary>Names and original ids, in the order of the labels.</summary>
    public IReadOnlyList<ClassName> Classes { get; }

    internal Detector Detector { get; }

    internal Config Config { get; }

    /// <summary>Finds objects and measures.</summary>
    public Evaluator Evaluator { get; }

    /// <summary>The objects in one image, best first, in the image's own pixels.</summary>
    public IReadOnlyList<DetectedObject> Detect(RgbImage image) => Evaluator.Detect(image);

    /// <summary>The detector of a checkpoint, under the configuration that it was trained with.</summary>
    /// <exception cref="RunException">The file is no checkpoint, or has no configuration.</exception>
    public static TrainedDetector Load(string path)
    {
        DetectorFile file = DetectorFile.Read(path);
        if (file.Checkpoint is not { ConfigJson: { Length: > 0 } recorded })
        {
            throw new RunException(
                $"{path}: the file has no configuration; expected a checkpoint that a training run or drcnn convert wrote."
            );
        }
        Parsed<ResolvedConfig> config = ConfigText.ReadBack(new ConfigLayer(path, recorded));
        return config.IsOk
            ? Load(file, config.Value.Config, file.Classes(given: null))
            : throw new RunException(string.Join("; ", config.Problems));
    }

    /// <summary>Builds the detector of a configuration and fills it.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="config">The checkpoint's own, or one that differs in what does not change the tensors.</param>
    /// <exception cref="RunException">The file is no checkpoint of such a detector.</exception>
    public static TrainedDetector Load(string path, Config config)
    {
        DetectorFile file = DetectorFile.Read(path);
        return Load(file, config, file.Classes(given: null));
    }

    /// <summary>Builds the detector of a configuration and fills it from a file that has been read, whichever program's it is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="config">Of such a detector; for another program's file under the conventions that it was trained with.</param>
    /// <param name="classes">What it finds: <see cref="DetectorFile.Classes"/>.</param>
    /// <exception cref="RunException">The file is of another detector.</exception>
    public static TrainedDetector Load(DetectorFile file, Config config, IReadOnlyList<ClassName> classes)
    {
        torch.Device device = RunDevice.Of(config.Run);
        RunEnvironment.Prepare(config.Run, device);
        Detector detector = new(config.Model, classes.Count);
        try
        {
            file.Fill(detector);
            RunDevice.Place(detector, config.Run, device);
            return new TrainedDetector(detector, config, classes);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Detector.Dispose();
}
