using DynamicRcnn.Data;
using DynamicRcnn.Detection;

namespace DynamicRcnn.Cli;

/// <summary>One image a step, from its pixels to boxes in its own coordinates.</summary>
internal sealed class InferenceBench(BenchDetector detector, BenchImage[] images) : IBenchStep
{
    private readonly Evaluator evaluator = new(detector.Detector, detector.Config);

    /// <inheritdoc/>
    public bool IsReadEach => true;

    /// <inheritdoc/>
    public void Run(int first, int count)
    {
        for (int index = first; index < first + count; index++)
        {
            evaluator.Detect(images[index % images.Length].Pixels);
        }
    }

    /// <inheritdoc/>
    public void MakeBatches(int first, int count)
    {
        for (int index = first; index < first + count; index++)
        {
            BenchImage image = images[index % images.Length];
            BatchSource.One(
                image.Record,
                image.Pixels,
                detector.Config.Data,
                detector.Config.Model.Backbone,
                detector.Config.Model.Conventions
            );
        }
    }

    /// <inheritdoc/>
    public void Dispose() { }
}
