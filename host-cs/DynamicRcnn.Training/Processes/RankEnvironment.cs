using System.Globalization;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>A process's place in a job, as torchrun and its like put it into the environment.</summary>
/// <param name="Rank">From 0, over all machines: RANK.</param>
/// <param name="Size">Processes of the job: WORLD_SIZE.</param>
/// <param name="LocalRank">From 0, on this machine, and the number of its GPU: LOCAL_RANK. 0 where it is not set.</param>
/// <param name="LocalSize">Processes on this machine: LOCAL_WORLD_SIZE. 1 where it is not set.</param>
/// <param name="Address">The machine of rank 0: MASTER_ADDR.</param>
/// <param name="Port">A free port of it: MASTER_PORT.</param>
/// <param name="Timeout">The longest wait for another process: DRCNN_RANK_TIMEOUT, seconds. Half an hour where it is not set.</param>
/// <param name="Heartbeat">
/// How long a process may be silent, be it busy or not: DRCNN_HEARTBEAT, seconds. A minute where it is not set, for ever where it is 0. That of
/// rank 0 counts.
/// </param>
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
    TimeSpan Heartbeat,
    bool HasAgentStore,
    int Attempt
)
{
    private const int MaximumPort = 65535;
    private const int DefaultTimeoutSeconds = 1800;
    private const int DefaultHeartbeatSeconds = 60;
    private const int LongestHeartbeatSeconds = 86400;
    private const string PortName = "MASTER_PORT";

    /// <summary>
    /// The place of this process; null when it trains alone: nothing names a rank or a number of processes, or there is one process.
    /// </summary>
    /// <param name="variable">The value of a variable of the environment; null or empty: not set.</param>
    /// <exception cref="RunException">One of the variables is missing, not what it should be, or says otherwise than another one.</exception>
    public static RankEnvironment? Of(Func<string, string?> variable)
    {
        bool IsSet(string name) => !string.IsNullOrWhiteSpace(variable(name));
        Launcher names = Launcher.Of(IsSet);
        if (!IsSet(names.Rank) && !IsSet(names.Size))
        {
            return null;
        }
        int size = IsSet(names.Size) ? Number(variable, names.Size, 1, int.MaxValue) : 0;
        foreach ((string name, string other) in names.Doubles)
        {
            RequireSame(variable, name, other);
        }
        if (size == 1)
        {
            return null;
        }
        string[] required = [names.Rank, names.Size, Launcher.AddressName, PortName];
        string[] missing = [.. required.Where(name => !IsSet(name))];
        if (missing.Length > 0)
        {
            throw Refused(
                $"the environment has {string.Join(", ", required.Where(IsSet))}, but not {string.Join(", ", missing)}; "
                    + $"a process of a job needs {string.Join(", ", required)}, one that trains alone neither {names.Rank} nor {names.Size}"
            );
        }
        int OrElse(string name, int otherwise, int least, int most) =>
            IsSet(name) ? Number(variable, name, least, most) : otherwise;
        int localSize = OrElse(names.LocalSize, 1, 1, size);
        return new RankEnvironment(
            Number(variable, names.Rank, 0, size - 1),
            size,
            OrElse(names.LocalRank, 0, 0, (IsSet(names.LocalSize) ? localSize : size) - 1),
            localSize,
            variable(Launcher.AddressName)!.Trim(),
            Number(variable, PortName, 1, MaximumPort),
            TimeSpan.FromSeconds(OrElse("DRCNN_RANK_TIMEOUT", DefaultTimeoutSeconds, 1, int.MaxValue)),
            TimeSpan.FromSeconds(OrElse("DRCNN_HEARTBEAT", DefaultHeartbeatSeconds, 0, LongestHeartbeatSeconds)),
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

    private static void RequireSame(Func<string, string?> variable, string name, string other)
    {
        int value = Number(variable, name, 0, int.MaxValue);
        int otherValue = Number(variable, other, 0, int.MaxValue);
        if (value != otherValue)
        {
            throw Refused(
                $"{name} is {value} in the environment, but {other} is {otherValue}; expected the same, or one of them alone"
            );
        }
    }

    private static RunException Refused(string sentence) => new(sentence, RunFault.Request);
}
