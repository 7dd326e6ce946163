using System.Globalization;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>The runs of a race: an arm in a round is a folder as of any experiment.</summary>
/// <param name="options">Of the command line.</param>
/// <param name="plan">The arms that race, and their seeds.</param>
/// <param name="state">The length of the runs, and what they were measured to cost.</param>
internal sealed class RaceRuns(ExperimentOptions options, ExperimentPlan plan, RaceState state)
{
    private readonly Dictionary<string, ExperimentRunFolder> folders = [];
    private readonly Dictionary<string, RaceFigure> figures = [];

    private string[] Arms => [.. plan.Arms.Select(arm => arm.Name)];

    /// <summary>The run of an arm in a round.</summary>
    public ExperimentRunFolder Of(string arm, int round)
    {
        ExperimentRun run = new(plan.Arms.First(each => each.Name == arm), plan.SeedAt(round));
        if (!folders.TryGetValue(run.Name, out ExperimentRunFolder? folder))
        {
            string origin = string.Create(CultureInfo.InvariantCulture, $"--hours {options.Hours}");
            ResolvedConfig resolved = ExperimentCommand.Resolve(options, plan, run);
            ResolvedConfig scaled = Budget.Scale(resolved, state.Iterations, origin, hasBegun: false);
            folder = new ExperimentRunFolder(options.Out, run, Budget.EvaluateAtEnd(scaled, origin));
            folders.Add(run.Name, folder);
        }

        return folder;
    }

    /// <summary>All runs that were begun, round by round.</summary>
    public ExperimentRunFolder[] Begun() =>
        [
            .. Enumerable
                .Range(0, int.MaxValue)
                .Select(round => Arms.Select(arm => Of(arm, round)).Where(run => Directory.Exists(run.Root)).ToArray())
                .TakeWhile(round => round.Length > 0)
                .SelectMany(round => round),
        ];

    /// <summary>A folder of other settings is not gone on with.</summary>
    /// <exception cref="Runs.RunException">There is one.</exception>
    public void RequireSameSettings()
    {
        foreach (ExperimentRunFolder run in Begun())
        {
            run.RequireSameSettings();
        }
    }

    /// <summary>What the finished runs came to.</summary>
    public RaceFigure[] Figures()
    {
        foreach (ExperimentRunFolder run in Begun().Where(run => !figures.ContainsKey(run.Name) && run.IsFinished))
        {
            ExperimentOutcome outcome = run.Outcome();
            int round = Enumerable.Range(0, int.MaxValue).First(each => plan.SeedAt(each) == run.Run.Seed);
            figures.Add(run.Name, new RaceFigure(run.Run.Arm.Name, round, outcome.AP, outcome.Seconds));
        }

        return [.. figures.Values];
    }

    /// <summary>Who is still in the race.</summary>
    public RaceStanding Standing() => Race.Standing(Arms, Figures());

    /// <summary>Seconds that an arm's run in a round still takes, by its earlier runs or, before there are any, as measured.</summary>
    public double Cost(string arm, int round)
    {
        RaceFigure[] earlier = [.. figures.Values.Where(figure => figure.Arm == arm)];
        RunCost measured = state.Costs[arm];
        double whole =
            earlier.Length > 0
                ? measured.Start + earlier.Average(figure => figure.Seconds)
                : measured.Of(state.Iterations);
        return whole * (state.Iterations - Of(arm, round).SavedIterations) / state.Iterations;
    }
}
