using System.Globalization;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Cli;

/// <summary>From which score on detections are drawn, and why.</summary>
/// <param name="Least">The score.</param>
/// <param name="Reason">One sentence without its end.</param>
internal sealed record DrawnScore(double Least, string Reason)
{
    /// <summary>Where neither the command line nor the detector says one.</summary>
    private const double Fallback = 0.5;

    /// <param name="given">What the command line says; null: nothing.</param>
    /// <param name="detector">Whose last evaluation may have found one.</param>
    public static DrawnScore Of(double? given, IObjectDetector detector) =>
        (given, detector.ScoreThresholds) switch
        {
            ({ } score, _) => new(score, $"drawn is what has a score of {Text(score)} or more (--score-threshold)"),
            (null, { All: var best }) => new(
                best,
                $"drawn is what has a score of {Text(best)} or more, the best F1 of the detector's last evaluation; --score-threshold X takes another"
            ),
            _ => new(
                Fallback,
                $"drawn is what has a score of {Text(Fallback)} or more, because the file records no evaluation to take the best score from; --score-threshold X takes another"
            ),
        };

    private static string Text(double score) => score.ToString("0.####", CultureInfo.InvariantCulture);
}
