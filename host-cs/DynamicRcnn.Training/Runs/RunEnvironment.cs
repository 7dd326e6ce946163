using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Torch;
using DynamicRcnn.Training.Distributed;

namespace DynamicRcnn.Training.Runs;

/// <summary>Readies libtorch for a configuration and says what a bit-exact continuation depends on.</summary>
public static class RunEnvironment
{
    private const string Cpu = "cpu";

    /// <summary>Sets the number of threads: what is configured, or this process's part of the machine's cores.</summary>
    /// <param name="run">Threads and device.</param>
    /// <param name="group">The processes that share the run; null: this one alone.</param>
    /// <exception cref="RunException">The device is not there.</exception>
    public static IReadOnlyList<EnvironmentEntry> Prepare(RunConfig run, ProcessGroup? group = null)
    {
        if (run.Device != Cpu)
        {
            throw new RunException($"run.device is '{run.Device}'; this build knows cpu alone.", RunFault.Request);
        }
        torch.set_num_threads(
            run.Threads > 0 ? run.Threads : Math.Max(1, System.Environment.ProcessorCount / (group?.LocalSize ?? 1))
        );
        return
        [
            new EnvironmentEntry("libtorch", ops.library_info().Split('\n')[0]),
            new EnvironmentEntry("threads", $"{torch.get_num_threads()}"),
            new EnvironmentEntry("device", run.Device),
            new EnvironmentEntry("architecture", $"{RuntimeInformation.ProcessArchitecture}"),
            .. group is null ? [] : new[] { new EnvironmentEntry("processes", $"{group.Size}") },
        ];
    }
}
