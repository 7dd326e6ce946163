using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>The length of a run that is given as epochs, as a share of its configuration's iterations, or as hours.</summary>
internal static class TrainBudget
{
    /// <summary>So many iterations are measured before a run knows how many fit into its hours.</summary>
    public const int MeasuredIterations = 50;

    // The first steps of a process are slower than those that follow.
    private const int Unlike = 10;

    /// <summary>The configuration of a run whose length follows from its data; without a budget, and for hours, as it is.</summary>
    public static ResolvedConfig OfData(ResolvedConfig resolved, RunBudget? budget, Dataset dataset) =>
        budget is not { } given || given.Kind.IsHours
            ? resolved
            : Budget.Scale(
                resolved,
                given.Kind.IsEpochs
                    ? Iterations(
                        given.Amount * ImagesOfEpoch(resolved.Config, dataset) / resolved.Config.Data.ImagesPerStep
                    )
                    : Iterations(given.Amount * resolved.Config.Solver.Iterations),
                Text(given),
                hasBegun: false
            );

    /// <summary>The configuration of the iterations that are measured.</summary>
    public static ResolvedConfig Measuring(ResolvedConfig resolved, RunBudget hours) =>
        Budget.EndAfter(
            resolved,
            Math.Min(MeasuredIterations, resolved.Config.Solver.Iterations),
            $"{Text(hours)}, measured first"
        );

    /// <summary>How many iterations fit into the hours.</summary>
    /// <param name="config">The configuration before any of it was measured.</param>
    /// <param name="hours">That the command may take.</param>
    /// <param name="steps">Seconds of the iterations that are done.</param>
    /// <param name="evaluation">Seconds of an evaluation; 0 = there is none.</param>
    /// <param name="used">What the command has taken so far.</param>
    /// <returns>At least twice those that are done, and whether these go beyond the hours.</returns>
    public static (int Iterations, bool IsTooMany) Fitting(
        Config config,
        double hours,
        IReadOnlyList<double> steps,
        double evaluation,
        TimeSpan used
    )
    {
        double left = (hours * TimeSpan.SecondsPerHour) - used.TotalSeconds - evaluation; // the last evaluation comes in any case
        double step = SecondsOfStep(steps) + (evaluation / Math.Max(1, config.Evaluation.Interval));
        int fitting = (int)Math.Clamp(steps.Count + (left / step), 0, int.MaxValue);
        return (Math.Max(fitting, 2 * steps.Count), fitting < 2 * steps.Count);
    }

    /// <summary>Seconds of a step, without those of the first ones.</summary>
    public static double SecondsOfStep(IReadOnlyList<double> steps) =>
        steps.Skip(Math.Min(Unlike, steps.Count / 2)).Average();

    /// <summary>As the command line has it.</summary>
    public static string Text(RunBudget budget)
    {
        string option =
            budget.Kind.IsEpochs ? "--epochs"
            : budget.Kind.IsHours ? "--hours"
            : "--fraction";
        return string.Create(CultureInfo.InvariantCulture, $"{option} {budget.Amount}");
    }

    private static double ImagesOfEpoch(Config config, Dataset dataset) =>
        TrainingAdvice.ImagesOfEpoch(TrainingAdvice.TrainingImages(dataset, config), config);

    private static int Iterations(double wanted) => (int)Math.Clamp(Math.Round(wanted), 1, int.MaxValue);
}
