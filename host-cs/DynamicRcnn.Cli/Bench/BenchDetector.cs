using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Cli;

/// <summary>The detector of a configuration, from the weights that it names or from fresh ones.</summary>
internal sealed class BenchDetector : IDisposable
{
    /// <param name="config">The configuration.</param>
    /// <param name="classes">What it finds.</param>
    /// <exception cref="RunException">The weights or the device cannot be used.</exception>
    public BenchDetector(Config config, IReadOnlyList<ClassName> classes)
    {
        Config = config;
        torch.Device device = RunDevice.Of(config.Run);
        RunEnvironment.Prepare(config.Run, device);
        torch.manual_seed(config.Run.Seed);
        Detector = new Detector(config.Model, classes.Count);
        if (config.Model.Backbone.Weights is { Length: > 0 } path)
        {
            try
            {
                InitialWeights.Load(Detector, classes, path);
            }
            catch
            {
                Detector.Dispose();
                throw;
            }
        }
        RunDevice.Place(Detector, config.Run, device);
    }

    public Config Config { get; }

    public Detector Detector { get; }

    /// <inheritdoc/>
    public void Dispose() => Detector.Dispose();
}
