using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Training.Distributed;

namespace DynamicRcnn.Training.Runs;

/// <summary>Readies libtorch for a configuration and says what a bit-exact continuation depends on.</summary>
public static class RunEnvironment
{
    /// <summary>Sets the number of threads: what is configured, or this process's part of the machine's cores.</summary>
    /// <param name="run">Threads.</param>
    /// <param name="device">Where the process computes.</param>
    /// <param name="group">The processes that share the run; null: this one alone.</param>
    public static IReadOnlyList<EnvironmentEntry> Prepare(
        RunConfig run,
        torch.Device device,
        ProcessGroup? group = null
    )
    {
        torch.set_num_threads(
            run.Threads > 0 ? run.Threads : Math.Max(1, System.Environment.ProcessorCount / (group?.LocalSize ?? 1))
        );
        return
        [
            new EnvironmentEntry("libtorch", Libtorch.Version),
            new EnvironmentEntry("kernels", KernelLibrary.InstructionSet),
            new EnvironmentEntry("threads", $"{torch.get_num_threads()}"),
            new EnvironmentEntry("device", device.ToString()),
            new EnvironmentEntry("architecture", $"{RuntimeInformation.ProcessArchitecture}"),
            .. Libtorch.WithoutOneDnn is { } why ? new[] { new EnvironmentEntry("oneDNN", why) } : [],
            .. group is null ? [] : new[] { new EnvironmentEntry("processes", $"{group.Size}") },
        ];
    }
}
