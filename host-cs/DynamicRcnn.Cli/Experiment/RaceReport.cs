using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>What a race came to, for people and for programs.</summary>
/// <param name="options">Of the command line.</param>
/// <param name="plan">The arms that raced.</param>
/// <param name="standing">Who was stopped when.</param>
/// <param name="figures">Of the finished runs.</param>
/// <param name="hours">That were given.</param>
/// <param name="state">The time that was used, and the length of the runs.</param>
internal sealed class RaceReport(
    ExperimentOptions options,
    ExperimentPlan plan,
    RaceStanding standing,
    RaceFigure[] figures,
    double hours,
    RaceState state
)
{
    private readonly RaceVerdict? verdict = RaceVerdictModule.Of(
        [.. plan.Arms.Select(arm => arm.Name)],
        standing,
        figures
    );

    private readonly double used = state.Used;

    /// <summary>The verdict, the command for the long run, who was stopped, and the time.</summary>
    public IReadOnlyList<string> Lines =>
        [
            .. verdict is null
                ? ["No arm can be recommended: no seed has a finished run of every arm."]
                : new[] { verdict.Text, LongRun },
            .. standing.Dropped.Select(RaceVerdictModule.DropText),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{hours} hours were given and {used / TimeSpan.SecondsPerHour:0.###} used; a run has {state.Iterations} iterations"
            ),
        ];

    /// <summary>The same for programs.</summary>
    public object Json =>
        new
        {
            verdict = verdict is null
                ? null
                : new
                {
                    take = verdict.Take,
                    sure = verdict.IsSure,
                    best = verdict.Best,
                    best_AP = verdict.BestAP,
                    seeds = verdict.Seeds,
                    share_of_bootstrap_samples = verdict.Share,
                    standard_error = Number(verdict.Error),
                    gain_over = plan.Arms[0].Name,
                    gain = Number(verdict.Gain.Mean),
                    gain_low = Number(verdict.Gain.Low),
                    gain_high = Number(verdict.Gain.High),
                    text = verdict.Text,
                    long_run = LongRun,
                },
            stopped = standing.Dropped.Select(drop => new
            {
                arm = drop.Arm,
                seeds = drop.Seeds,
                drop.AP,
                leader = drop.Leader,
                leader_AP = drop.LeaderAP,
                standard_error = drop.Error,
                chance = drop.Chance,
            }),
            hours,
            seconds_used = Math.Round(used, 1),
            iterations = state.Iterations,
        };

    private string LongRun =>
        "the long run: "
        + TrainLine.Of(
            plan,
            plan.Arms.First(arm => arm.Name == verdict!.Take),
            options.Choice.Options,
            Path.Combine(options.Out, "long")
        );

    // JSON has no NaN.
    private static double? Number(double value) => double.IsNaN(value) ? null : value;
}
