using System.Globalization;

namespace DynamicRcnn.Training;

/// <summary>How long a process of a job may be silent. Time is counted in rounds and not by the clock: a job that is suspended as a whole goes on.</summary>
/// <param name="Limit">Zero: for ever.</param>
internal sealed record Silence(TimeSpan Limit)
{
    private const int RoundsInLimit = 10;
    private static readonly TimeSpan shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan longest = TimeSpan.FromSeconds(1);

    internal bool IsLimited => Limit > TimeSpan.Zero;

    /// <summary>From one sign of life to the next.</summary>
    internal TimeSpan Round =>
        !IsLimited || Limit / RoundsInLimit > longest ? longest
        : Limit / RoundsInLimit < shortest ? shortest
        : Limit / RoundsInLimit;

    /// <summary>Rounds without one that are too many.</summary>
    internal long Rounds => IsLimited ? (long)Math.Ceiling(Limit / Round) : long.MaxValue;

    /// <summary>The limit in a sentence.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Limit.TotalSeconds:0.#} s");
}
