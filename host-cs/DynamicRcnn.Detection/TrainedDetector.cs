using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Detection;

/// <summary>A detector from a checkpoint, ready to look at images. It owns the tensors of its weights until it is disposed of.</summary>
public sealed class TrainedDetector : IObjectDetector
{
    private volatile bool disposed;

    private TrainedDetector(
        Detector detector,
        Config config,
        IReadOnlyList<ClassName> classes,
        ScoreThresholds? thresholds
    )
    {
        Detector = detector;
        Config = config;
        Classes = classes;
        ScoreThresholds = thresholds;
        Evaluator = new Evaluator(detector, config);
    }

    /// <summary>Names and original ids, in the order of the labels.</summary>
    public IReadOnlyList<ClassName> Classes { get; }

    /// <inheritdoc/>
    public ScoreThresholds? ScoreThresholds { get; }

    internal Detector Detector { get; }

    internal Config Config { get; }

    /// <summary>Finds objects and measures.</summary>
    public Evaluator Evaluator { get; }

    /// <inheritdoc/>
    public long MaxPixels => Evaluator.MaxPixels;

    /// <inheritdoc/>
    public IReadOnlyList<DetectedObject> Detect(RgbImage image, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellation.ThrowIfCancellationRequested();
        return Named(Evaluator.Detect(image, cancellation));
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<DetectedObject>> Detect(
        IReadOnlyList<RgbImage> images,
        CancellationToken cancellation = default
    )
    {
        ArgumentNullException.ThrowIfNull(images);
        foreach (RgbImage image in images)
        {
            ArgumentNullException.ThrowIfNull(image, nameof(images));
        }
        ObjectDisposedException.ThrowIf(disposed, this);
        cancellation.ThrowIfCancellationRequested();
        return [.. Evaluator.Detect(images, cancellation).Select(Named)];
    }

    /// <summary>The detector of a checkpoint or of a run's folder (its best), under the configuration that it was trained with.</summary>
    /// <param name="path">The file or the folder.</param>
    /// <param name="threads">Threads that compute for each call, in the whole process; 0: one for each core; null: as the training had.</param>
    /// <param name="scoreThreshold">Detections with this score or less are left out; null: as the configuration says.</param>
    /// <exception cref="RunException">There is no such checkpoint, or it has no configuration; a number is not allowed.</exception>
    public static TrainedDetector Load(string path, int? threads = null, double? scoreThreshold = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        DetectorFile file = DetectorFile.Read(RunFolder.FindCheckpoint(path));
        if (file.Checkpoint is not { ConfigJson: { Length: > 0 } recorded })
        {
            throw new RunException(
                $"{file.Path}: the file has no configuration; expected a checkpoint that a training run or drcnn convert wrote."
            );
        }
        List<OptionValue> changes = [];
        if (threads is { } count)
        {
            changes.Add(new OptionValue(nameof(threads), "run.threads", ConfigValue.NewInt(count)));
        }
        if (scoreThreshold is { } least)
        {
            changes.Add(
                new OptionValue(nameof(scoreThreshold), "model.roiHead.scoreThreshold", ConfigValue.NewFloat(least))
            );
        }
        Parsed<ResolvedConfig> config = ConfigText.ReadBack(new ConfigLayer(file.Path, recorded));
        if (config.IsOk)
        {
            config = ConfigText.Adjust(config.Value, new ConfigSources(null, [], [], [.. changes]));
        }
        return config.IsOk
            ? Load(file, config.Value.Config, file.Classes(given: null))
            : throw new RunException(string.Join("; ", config.Problems));
    }

    /// <summary>Builds the detector of a configuration and fills it.</summary>
    /// <param name="path">The checkpoint, or the run's folder.</param>
    /// <param name="config">The checkpoint's own, or one that differs in what does not change the tensors.</param>
    /// <exception cref="RunException">The file is no checkpoint of such a detector.</exception>
    public static TrainedDetector Load(string path, Config config)
    {
        ArgumentNullException.ThrowIfNull(path);
        DetectorFile file = DetectorFile.Read(RunFolder.FindCheckpoint(path));
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
            return new TrainedDetector(detector, config, classes, ThresholdsOf(file));
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }

    private static ScoreThresholds? ThresholdsOf(DetectorFile file) =>
        file.Checkpoint?.State.ScoreThresholds is { All: >= 0 } found ? found : null;

    private DetectedObject[] Named(IReadOnlyList<DetectedObject> found) =>
        [.. found.Select(one => one with { Name = Classes[one.Label].Name })];

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed = true;
        Detector.Dispose();
    }
}
