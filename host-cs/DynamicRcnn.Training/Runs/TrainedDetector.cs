using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Training.Weights;

namespace DynamicRcnn.Training.Runs;

/// <summary>A detector from a checkpoint, ready to look at images.</summary>
public sealed class TrainedDetector : IDisposable
{
    private readonly Detector detector;

    private TrainedDetector(Detector detector, Config config, IReadOnlyList<ClassName> classes)
    {
        this.detector = detector;
        Classes = classes;
        Evaluator = new Evaluator(detector, config);
    }

    /// <summary>Names and original ids, in the order of the labels.</summary>
    public IReadOnlyList<ClassName> Classes { get; }

    /// <summary>Finds objects and measures.</summary>
    public Evaluator Evaluator { get; }

    /// <summary>The objects in one image, best first, in the image's own pixels.</summary>
    public IReadOnlyList<Detection> Detect(RgbImage image) => Evaluator.Detect(image);

    /// <summary>The detector of a checkpoint, under the configuration that it was trained with.</summary>
    /// <exception cref="RunException">The file is no checkpoint, or has no configuration.</exception>
    public static TrainedDetector Load(string path)
    {
        TensorFile file = SafetensorsFile.Read(path);
        string recorded = CheckpointFile.Read(path, file).ConfigJson;
        if (recorded.Length == 0)
        {
            throw new RunException(
                $"{path}: the checkpoint has no configuration; expected one that a training run wrote."
            );
        }
        Parsed<ResolvedConfig> config = ConfigApi.Read(new ConfigLayer(path, recorded));
        return config.IsOk
            ? Load(path, file, config.Value.Config)
            : throw new RunException(string.Join("; ", config.Problems));
    }

    /// <summary>Builds the detector of a configuration and fills it.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="config">The checkpoint's own, or one that differs in what does not change the tensors.</param>
    /// <exception cref="RunException">The file is no checkpoint of such a detector.</exception>
    public static TrainedDetector Load(string path, Config config) => Load(path, SafetensorsFile.Read(path), config);

    /// <inheritdoc/>
    public void Dispose() => detector.Dispose();

    private static TrainedDetector Load(string path, TensorFile file, Config config)
    {
        RunEnvironment.Prepare(config.Run);
        Detector detector = new(config.Model, CheckpointFile.Read(path, file).Classes.Count);
        try
        {
            return new TrainedDetector(detector, config, CheckpointFile.Load(path, file, detector).Classes);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }
}
