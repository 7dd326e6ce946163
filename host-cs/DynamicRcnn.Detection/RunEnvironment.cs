using System.Runtime.InteropServices;
using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>Readies libtorch for a configuration and says what a bit-exact continuation depends on.</summary>
public static class RunEnvironment
{
    /// <summary>Sets the number of threads: what is configured, or this process's part of the machine's cores.</summary>
    /// <param name="run">Threads.</param>
    /// <param name="device">Where the process computes.</param>
    /// <param name="processes">How many share the run.</param>
    /// <param name="localProcesses">How many of them share this machine's cores.</param>
    public static IReadOnlyList<EnvironmentEntry> Prepare(
        RunConfig run,
        torch.Device device,
        int processes = 1,
        int localProcesses = 1
    )
    {
        torch.set_num_threads(
            run.Threads > 0 ? run.Threads : Math.Max(1, System.Environment.ProcessorCount / localProcesses)
        );
        return
        [
            new EnvironmentEntry("libtorch", Libtorch.Version),
            new EnvironmentEntry("kernels", KernelLibrary.InstructionSet),
            new EnvironmentEntry("threads", $"{torch.get_num_threads()}"),
            new EnvironmentEntry("device", device.ToString()),
            new EnvironmentEntry("architecture", $"{RuntimeInformation.ProcessArchitecture}"),
            .. Libtorch.WithoutOneDnn is { } why ? new[] { new EnvironmentEntry("oneDNN", why) } : [],
            .. processes == 1 ? [] : new[] { new EnvironmentEntry("processes", $"{processes}") },
        ];
    }
}
