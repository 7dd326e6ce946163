using DynamicRcnn.Core;

namespace DynamicRcnn.Runs;

/// <summary>The four losses of a step, averaged over its passes.</summary>
/// <param name="RpnObjectness">Binary cross entropy of the sampled anchors.</param>
/// <param name="RpnBox">Box loss of the positive anchors.</param>
/// <param name="Classification">Cross entropy of the sampled RoIs.</param>
/// <param name="Box">Smooth L1 of the positive RoIs, with the schedule's beta.</param>
public sealed record StepLosses(double RpnObjectness, double RpnBox, double Classification, double Box)
{
    /// <summary>Numbers of a detector with one box head; a cascade has two more for each stage.</summary>
    private const int OfOneHead = 4;

    /// <summary>What each stage of a cascade adds to the last two, its weight included; none with one box head.</summary>
    public IReadOnlyList<(double Classification, double Box)> Stages { get; init; } = [];

    /// <summary>Their sum, which is minimised.</summary>
    public double Total => RpnObjectness + RpnBox + Classification + Box;

    /// <summary>The mean of several; at least one.</summary>
    public static StepLosses Mean(IReadOnlyCollection<StepLosses> all) => Each(all, Enumerable.Average);

    /// <summary>The sums of several; at least one.</summary>
    public static StepLosses Sum(IReadOnlyCollection<StepLosses> all) => Each(all, Enumerable.Sum);

    /// <summary>Number by number.</summary>
    public bool Equals(StepLosses? other) => other is not null && Flat().AsSpan().SequenceEqual(other.Flat());

    /// <inheritdoc/>
    public override int GetHashCode() => Total.GetHashCode();

    /// <summary>How many numbers <see cref="Flat"/> gives.</summary>
    internal static int LengthOf(int stages) => stages == 1 ? OfOneHead : OfOneHead + (2 * stages);

    /// <summary>All numbers as one list: the four, then the two of each stage.</summary>
    internal double[] Flat() =>
        [
            RpnObjectness,
            RpnBox,
            Classification,
            Box,
            .. Stages.SelectMany(stage => (double[])[stage.Classification, stage.Box]),
        ];

    /// <summary>The losses of such a list.</summary>
    internal static StepLosses Of(ReadOnlySpan<double> flat)
    {
        List<(double, double)> stages = [];
        for (int place = OfOneHead; place < flat.Length; place += 2)
        {
            stages.Add((flat[place], flat[place + 1]));
        }
        StepLosses sums = new(flat[0], flat[1], flat[2], flat[3]);
        return stages.Count == 0 ? sums : sums with { Stages = stages };
    }

    private static StepLosses Each(IReadOnlyCollection<StepLosses> all, Func<IEnumerable<double>, double> fold)
    {
        double[][] flat = [.. all.Select(losses => losses.Flat())];
        return Of([.. flat[0].Select((_, place) => fold(flat.Select(numbers => numbers[place])))]);
    }
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
