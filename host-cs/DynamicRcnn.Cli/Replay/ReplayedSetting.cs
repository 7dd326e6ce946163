using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>One curve of a replay and its name.</summary>
/// <param name="Name">What it changes in the run's settings.</param>
/// <param name="Config">The run's configuration with the change.</param>
/// <param name="Curve">What the schedule made of the record.</param>
internal sealed record ReplayedSetting(string Name, ResolvedConfig Config, ReplayCurve Curve)
{
    /// <summary>Whether the boxes would have been the recorded ones: those of a cascade's later stages follow from the thresholds before.</summary>
    public bool AreOwnBoxes { get; init; } = true;

    /// <summary>Whether both halves are to the bit what the schedule computes from the recorded proposals.</summary>
    public bool IsExact => AreOwnBoxes && Curve.IoUThresholdCaveats.Length == 0 && Curve.BetaCaveats.Length == 0;

    /// <summary>Places, from 0, at which the setting is another than before; the first one is among them.</summary>
    public IEnumerable<int> Changes =>
        Enumerable
            .Range(0, Curve.Betas.Length)
            .Where(place =>
                place == 0
                || Differ(Curve.IoUThresholds[place], Curve.IoUThresholds[place - 1])
                || Differ(Curve.Betas[place], Curve.Betas[place - 1])
            );

    private static bool Differ(double a, double b) => !a.Equals(b);
}
