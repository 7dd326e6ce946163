using DynamicRcnn.Core;

namespace DynamicRcnn.Cli;

/// <summary>Says that what was measured leaves beta no room to move.</summary>
internal static class DeadBetaWarning
{
    /// <summary>One sentence: how often, what becomes of beta under the rule, and what helps.</summary>
    public static string Sentence(TrainingState state, Config config)
    {
        string consequence =
            config.Dynamic.Rule.IsOfficial ? "beta becomes 0"
            : config.Dynamic.Rule.IsMMDetection ? "beta stays where it is"
            : "beta falls to dynamic.minimumBeta";
        string remedy = config.Dynamic.Rule.IsProposalsOnly
            ? ""
            : "dynamic.rule=ProposalsOnly does not count them, or ";
        return $"in {Amount.Count(state.DeadWindows, "window")} at least half of the error statistics were exactly 0 "
            + $"({Amount.Count(state.ZeroErrorIterations, "iteration")} so far), so {consequence}; {remedy}raise dynamic.lowErrorCount";
    }
}
