using DynamicRcnn.Training;

namespace DynamicRcnn.Cli.Bench;

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
    public void Dispose() { }
}
