using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>A process's place in a job, as torchrun and its like put it into the environment.</summary>
/// <param name="Rank">From 0, over all machines.</param>
/// <param name="Size">Processes of the job.</param>
/// <param name="LocalRank">From 0, on this machine, and the number of its GPU. 0 where it is not said.</param>
/// <param name="LocalSize">Processes on this machine. 1 where it is not said.</param>
/// <param name="Address">The machine of rank 0.</param>
/// <param name="Port">A free port of it.</param>
/// <param name="Timeout">The longest wait for another process: DRCNN_RANK_TIMEOUT, seconds. Half an hour where it is not set.</param>
/// <param name="Heartbeat">
/// How long a process may be silent, be it busy or not: DRCNN_HEARTBEAT, seconds. A minute where it is not set, for ever where it is 0. That of
/// rank 0 counts.
/// </param>
/// <param name="HasAgentStore">Whether torchrun's agent has that port for a store of its own: TORCHELASTIC_USE_AGENT_STORE.</param>
/// <param name="Attempt">How often torchrun has started the job before: TORCHELASTIC_RESTART_COUNT.</param>
/// <param name="Starts">How many processes this one has to start, whose first has this place; 1: it is one of them itself.</param>
/// <param name="Job">What tells the job from others of the same machines; empty: nothing does.</param>
/// <param name="NetworkInterface">The one that leads to the others: GLOO_SOCKET_IFNAME. Null: the one that leads to rank 0.</param>
public sealed record RankEnvironment(
    int Rank,
    int Size,
    int LocalRank,
    int LocalSize,
    string Address,
    int Port,
    TimeSpan Timeout,
    TimeSpan Heartbeat,
    bool HasAgentStore,
    int Attempt,
    int Starts = 1,
    string Job = "",
    string? NetworkInterface = null
)
{
    internal const int MaximumPort = 65535;

    /// <summary>
    /// The place of this process; null when it trains alone: nothing names a rank or a number of processes, or there is one process.
    /// </summary>
    /// <param name="variable">The value of a variable of the environment; null or empty: not set.</param>
    /// <exception cref="RunException">One of the variables is missing, not what it should be, or says otherwise than another one.</exception>
    public static RankEnvironment? Of(Func<string, string?> variable) => new RankVariables(variable).Place();

    /// <summary>The place of this process in the environment that it was started with.</summary>
    /// <exception cref="RunException">One of the variables is missing or not what it should be.</exception>
    public static RankEnvironment? Current() => Of(Environment.GetEnvironmentVariable);
}
