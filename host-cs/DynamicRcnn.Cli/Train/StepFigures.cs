using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>What a progress line says about the steps since the one before.</summary>
/// <param name="Iteration">Optimiser steps done.</param>
/// <param name="Iterations">Optimiser steps of the whole run.</param>
/// <param name="RpnObjectness">Mean loss.</param>
/// <param name="RpnBox">Mean loss.</param>
/// <param name="Classification">Mean loss.</param>
/// <param name="Box">Mean loss.</param>
/// <param name="Settings">IoU threshold and beta of the next step, of each box head.</param>
/// <param name="LearningRate">Of the last step.</param>
/// <param name="ImagesPerSecond">Over those steps.</param>
/// <param name="Remaining">Time to the end at that speed.</param>
internal sealed record StepFigures(
    int Iteration,
    int Iterations,
    double RpnObjectness,
    double RpnBox,
    double Classification,
    double Box,
    IReadOnlyList<Setting> Settings,
    double LearningRate,
    double ImagesPerSecond,
    TimeSpan Remaining
)
{
    /// <summary>One line; the iteration is padded so that lines stand in columns.</summary>
    public override string ToString()
    {
        string total = $"{Iterations}";
        string done = $"{Iteration}".PadLeft(total.Length);
        string thresholds = string.Join('/', Settings.Select(setting => $"{setting.IoUThreshold:F3}"));
        string betas = string.Join('/', Settings.Select(setting => $"{setting.Beta:F3}"));
        double loss = RpnObjectness + RpnBox + Classification + Box;
        return $"{done}/{total}  loss {loss:F3} (rpn {RpnObjectness:F3} + {RpnBox:F3}, class {Classification:F3}, box {Box:F3})"
            + $"  IoU {thresholds}  beta {betas}  lr {LearningRate:G3}"
            + $"  {ImagesPerSecond:F1} images/s  {Amount.Time(Remaining)} left";
    }
}
