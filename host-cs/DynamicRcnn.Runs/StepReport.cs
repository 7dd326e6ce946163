using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>The four losses of a step, averaged over its passes.</summary>
/// <param name="RpnObjectness">Binary cross entropy of the sampled anchors.</param>
/// <param name="RpnBox">Box loss of the positive anchors.</param>
/// <param name="Classification">Cross entropy of the sampled RoIs.</param>
/// <param name="Box">Smooth L1 of the positive RoIs, with the schedule's beta.</param>
public sealed record StepLosses(double RpnObjectness, double RpnBox, double Classification, double Box)
{
    /// <summary>Their sum, which is minimised.</summary>
    public double Total => RpnObjectness + RpnBox + Classification + Box;

    /// <summary>The mean of several; at least one.</summary>
    public static StepLosses Mean(IReadOnlyCollection<StepLosses> all) =>
        new(
            all.Average(losses => losses.RpnObjectness),
            all.Average(losses => losses.RpnBox),
            all.Average(losses => losses.Classification),
            all.Average(losses => losses.Box)
        );

    /// <summary>The sums of several.</summary>
    public static StepLosses Sum(IReadOnlyCollection<StepLosses> all) =>
        new(
            all.Sum(losses => losses.RpnObjectness),
            all.Sum(losses => losses.RpnBox),
            all.Sum(losses => losses.Classification),
            all.Sum(losses => losses.Box)
        );
}

/// <summary>The numbers that leave a step.</summary>
/// <param name="Losses">Means over the passes.</param>
/// <param name="Statistics">What the batch measured, for the schedule and for its replay.</param>
/// <param name="GradientNorm">L2, before clipping.</param>
/// <param name="NonFinite">What was not finite, by name; null when the step was applied.</param>
public sealed record StepReport(StepLosses Losses, BatchRecord Statistics, double GradientNorm, string? NonFinite)
{
    /// <summary>What a cascade's further stages measured, one record for each; none with one box head.</summary>
    public IReadOnlyList<BatchRecord> Cascade { get; init; } = [];

    /// <summary>What the batch measured for the schedule.</summary>
    public BatchOutcome Outcome => Statistics.Outcome;

    /// <summary>What it measured for the schedules of a cascade's further stages.</summary>
    public BatchOutcome[] CascadeOutcomes => [.. Cascade.Select(record => record.Outcome)];
}
