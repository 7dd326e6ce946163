using System.Globalization;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Training;

/// <summary>Reads a place out of an environment.</summary>
internal sealed class RankVariables(Func<string, string?> variable)
{
    private const int DefaultTimeoutSeconds = 1800;
    private const int DefaultHeartbeatSeconds = 60;
    private const int LongestHeartbeatSeconds = 86400;
    private const string SlurmJob = "SLURM_JOB_ID";

    /// <summary>What says how many processes a machine has, where RANK and WORLD_SIZE may count machines.</summary>
    private static readonly string[] perMachine = ["NPROC_PER_NODE", "PET_NPROC_PER_NODE"];

    /// <summary>The machines of a job of SLURM: those that srun uses, or all.</summary>
    private static readonly string[] slurmLists = ["SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"];

    /// <inheritdoc cref="RankEnvironment.Of"/>
    internal RankEnvironment? Place()
    {
        var names = Launcher.Of(IsSet);
        if (!IsSet(names.Rank) && !IsSet(names.Size))
        {
            return null;
        }
        foreach ((string name, string other) in names.Doubles)
        {
            RequireSame(name, other);
        }
        RequireProcesses(names);
        int starts = names.CountsMachines ? PerMachine(names.LocalSize) : 1;
        int size = IsSet(names.Size) ? Number(names.Size, 1, int.MaxValue / starts) * starts : 0;
        if (size == 1)
        {
            return null;
        }
        RequireAll(names);
        bool isListed = names.LocalSizes.Length > 0 && IsSet(names.LocalSizes);
        int localSize =
            names.CountsMachines ? starts
            : isListed ? OfMachine(names, size)
            : OrElse(names.LocalSize, 1, 1, size);
        int localRanks = isListed || IsSet(names.LocalSize) ? localSize : size;
        return new RankEnvironment(
            Number(names.Rank, 0, (size / starts) - 1) * starts,
            size,
            OrElse(names.LocalRank, 0, 0, localRanks - 1),
            localSize,
            IsSet(names.Address) ? Text(names.Address) : SlurmNodes.First(SlurmList()!),
            IsSet(names.Port) ? Number(names.Port, 1, RankEnvironment.MaximumPort) : SlurmNodes.Port(Text(SlurmJob)),
            TimeSpan.FromSeconds(OrElse("DRCNN_RANK_TIMEOUT", DefaultTimeoutSeconds, 1, int.MaxValue)),
            TimeSpan.FromSeconds(OrElse("DRCNN_HEARTBEAT", DefaultHeartbeatSeconds, 0, LongestHeartbeatSeconds)),
            string.Equals(variable("TORCHELASTIC_USE_AGENT_STORE"), "True", StringComparison.OrdinalIgnoreCase),
            OrElse("TORCHELASTIC_RESTART_COUNT", 0, 0, int.MaxValue),
            starts,
            string.Join('.', names.Job.Where(IsSet).Select(Text)),
            IsSet("GLOO_SOCKET_IFNAME") ? Text("GLOO_SOCKET_IFNAME") : null
        );
    }

    private bool IsSet(string name) => !string.IsNullOrWhiteSpace(variable(name));

    private string Text(string name) => variable(name)!.Trim();

    private string? SlurmList() => slurmLists.FirstOrDefault(IsSet) is { } name ? Text(name) : null;

    /// <summary>Of a job of SLURM the meeting point may be missing.</summary>
    private void RequireAll(Launcher names)
    {
        bool isSlurm = SlurmList() is not null && IsSet(SlurmJob);
        string[] places = [names.Rank, names.Size];
        string[] required = isSlurm ? places : [.. places, names.Address, names.Port];
        string[] missing = [.. required.Where(name => !IsSet(name))];
        if (missing.Length > 0)
        {
            throw Refused(
                $"the environment has {string.Join(", ", required.Where(IsSet))}, but not {string.Join(", ", missing)}; "
                    + $"a process of a job needs {string.Join(", ", required)}, one that trains alone neither {names.Rank} nor {names.Size}"
            );
        }
    }

    /// <summary>Old PyTorchJobs number machines with what elsewhere numbers processes; torchrun, which they are made for, numbers those anew.</summary>
    private void RequireProcesses(Launcher names)
    {
        string? several = perMachine.FirstOrDefault(name => IsSet(name) && Text(name) != "1");
        if (!names.CountsMachines && several is not null && !IsSet(names.LocalRank))
        {
            throw Refused(
                $"{several} is '{Text(several)}' in the environment, so {names.Rank} and {names.Size} count machines there; expected them to count "
                    + "processes: start the program by torchrun, or without them and with --processes on one machine"
            );
        }
    }

    private int PerMachine(string name) =>
        IsSet(name) && Text(name) is ("auto" or "gpu" or "cpu")
            ? throw Refused(
                $"{name} is '{Text(name)}' in the environment, expected the number of processes on each machine"
            )
            : OrElse(name, 1, 1, ushort.MaxValue);

    /// <summary>Processes of this machine, of a list of all.</summary>
    private int OfMachine(Launcher names, int size) =>
        SlurmNodes.Tasks(Text(names.LocalSizes), OrElse(names.Machine, 0, 0, size - 1)) is { } tasks
        && tasks >= 1
        && tasks <= size
            ? tasks
            : throw Refused(
                $"{names.LocalSizes} is '{Text(names.LocalSizes)}' in the environment, expected the tasks of each machine, such as 4(x2),3, "
                    + $"1 to {size} on each"
            );

    private int OrElse(string name, int otherwise, int least, int most) =>
        name.Length > 0 && IsSet(name) ? Number(name, least, most) : otherwise;

    private int Number(string name, int least, int most) =>
        int.TryParse(Text(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value)
        && value >= least
        && value <= most
            ? value
            : throw Refused(
                $"{name} is '{Text(name)}' in the environment, expected a whole number "
                    + (most == int.MaxValue ? $"from {least} on" : $"from {least} to {most}")
            );

    private void RequireSame(string name, string other)
    {
        int value = Number(name, 0, int.MaxValue);
        int otherValue = Number(other, 0, int.MaxValue);
        if (value != otherValue)
        {
            throw Refused(
                $"{name} is {value} in the environment, but {other} is {otherValue}; expected the same, or one of them alone"
            );
        }
    }

    private static RunException Refused(string sentence) => new(sentence, RunFault.Request);
}
