using System.Diagnostics;

namespace DynamicRcnn.Cli;

/// <summary>How far an evaluation is, every few seconds.</summary>
/// <param name="images">How many there are.</param>
/// <param name="terminal">Where it is said.</param>
internal sealed class EvaluationProgress(int images, Terminal terminal)
{
    private static readonly TimeSpan interval = TimeSpan.FromSeconds(5);
    private readonly ProgressLine line = new(terminal.Output, terminal.Columns);
    private readonly Stopwatch sinceShown = Stopwatch.StartNew();

    /// <param name="measured">Images that have been looked at.</param>
    public void Show(int measured)
    {
        if (sinceShown.Elapsed > interval)
        {
            line.Show($"{measured} of {images} images");
            sinceShown.Restart();
        }
        if (measured == images)
        {
            line.End();
        }
    }
}
