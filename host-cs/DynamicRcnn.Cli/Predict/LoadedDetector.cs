using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>A detector of any file, and what its boxes need.</summary>
/// <param name="Detector">Looks at pictures, perhaps tile by tile.</param>
/// <param name="BoxOffset">1 where its box of one pixel has equal corners, else 0.</param>
internal sealed record LoadedDetector(IObjectDetector Detector, int BoxOffset) : IDisposable
{
    public void Dispose() => Detector.Dispose();
}
