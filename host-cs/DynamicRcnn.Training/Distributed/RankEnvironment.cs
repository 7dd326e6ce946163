using System.Globalization;

namespace DynamicRcnn.Training.Distributed;

/// <summary>A process's place in a job, as torchrun and its like put it into the environment.</summary>
/// <param name="Rank">From 0, over all machines: RANK.</param>
/// <param name="Size">Processes of the job: WORLD_SIZE.</param>
/// <param name="LocalRank">From 0, on this machine: LOCAL_RANK. 0 where it is not set.</param>
/// <param name="LocalSize">Processes on this machine: LOCAL_WORLD_SIZE. 1 where it is not set.</param>
/// <param name="Address">The machine of rank 0: MASTER_ADDR.</param>
/// <param name="Port">A free port of it: MASTER_PORT.</param>
/// <param name="Timeout">The longest wait for another process: DRCNN_RANK_TIMEOUT, seconds. Half an hour where it is not set.</param>
/// <param name="HasAgentStore">Whether torchrun serves the store at that port itself: TORCHELASTIC_USE_AGENT_STORE.</param>
/// <param name="Attempt">How often torchrun has started the job before: TORCHELASTIC_RESTART_COUNT.</param>
public sealed record RankEnvironment(
    int Rank,
    int Size,
    int LocalRank,
    int LocalSize,
    string Address,
    int Port,
    TimeSpan Timeout,
    bool HasAgentStore,
    int Attempt
)
{
    private const int MaximumPort = 65535;
    private const int DefaultTimeoutSeconds = 1800;
    private static readonly string[] required = ["RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"];

    /// <summary>The place of this process; null when it trains alone: neither RANK nor WORLD_SIZE is set, or there is one process.</summary>
    /// <param name="variable">The value of a variable of the environment; null or empty: not set.</param>
    /// <exception cref="RunException">One of the variables is missing or not what it should be.</exception>
    public static RankEnvironment? Of(Func<string, string?> variable)
    {
        bool IsSet(string name) => !string.IsNullOrWhiteSpace(variable(name));
        if (!IsSet("RANK") && !IsSet("WORLD_SIZE"))
        {
            return null;
        }
        int size = IsSet("WORLD_SIZE") ? Number(variable, "WORLD_SIZE", 1, int.MaxValue) : 0;
        if (size == 1)
        {
            return null;
        }
        string[] missing = [.. required.Where(name => !IsSet(name))];
        if (missing.Length > 0)
        {
            throw Refused(
                $"the environment has {string.Join(", ", required.Where(IsSet))}, but not {string.Join(", ", missing)}; "
                    + $"a process of a job needs {string.Join(", ", required)}, one that trains alone neither RANK nor WORLD_SIZE"
            );
        }
        int OrElse(string name, int otherwise, int least, int most) =>
            IsSet(name) ? Number(variable, name, least, most) : otherwise;
        return new RankEnvironment(
            Number(variable, "RANK", 0, size - 1),
            size,
            OrElse("LOCAL_RANK", 0, 0, size - 1),
            OrElse("LOCAL_WORLD_SIZE", 1, 1, size),
            variable("MASTER_ADDR")!.Trim(),
            Number(variable, "MASTER_PORT", 1, MaximumPort),
            TimeSpan.FromSeconds(OrElse("DRCNN_RANK_TIMEOUT", DefaultTimeoutSeconds, 1, int.MaxValue)),
            string.Equals(variable("TORCHELASTIC_USE_AGENT_STORE"), "True", StringComparison.OrdinalIgnoreCase),
            OrElse("TORCHELASTIC_RESTART_COUNT", 0, 0, int.MaxValue)
        );
    }

    /// <summary>The place of this process in the environment that it was started with.</summary>
    /// <exception cref="RunException">One of the variables is missing or not what it should be.</exception>
    public static RankEnvironment? Current() => Of(Environment.GetEnvironmentVariable);

    private static int Number(Func<string, string?> variable, string name, int least, int most)
    {
        string text = variable(name)!.Trim();
        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            && value >= least
            && value <= most
            ? value
            : throw Refused(
                $"{name} is '{text}' in the environment, expected a whole number "
                    + (most == int.MaxValue ? $"from {least} on" : $"from {least} to {most}")
            );
    }

    private static RunException Refused(string sentence) => new(sentence, RunFault.Request);
}
