using System.Runtime.InteropServices;
using DynamicRcnn.Core;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Runs;

/// <summary>Readies libtorch for a configuration and says what a bit-exact continuation depends on.</summary>
public static class RunEnvironment
{
    private const string Cpu = "cpu";

    /// <summary>Sets the number of threads.</summary>
    /// <exception cref="RunException">The device is not there.</exception>
    public static IReadOnlyList<EnvironmentEntry> Prepare(RunConfig run)
    {
        if (run.Device != Cpu)
        {
            throw new RunException($"run.device is '{run.Device}'; this build knows cpu alone.", RunFault.Request);
        }
        torch.set_num_threads(run.Threads > 0 ? run.Threads : System.Environment.ProcessorCount);
        return
        [
            new EnvironmentEntry("libtorch", ops.library_info().Split('\n')[0]),
            new EnvironmentEntry("threads", $"{torch.get_num_threads()}"),
            new EnvironmentEntry("device", run.Device),
            new EnvironmentEntry("architecture", $"{RuntimeInformation.ProcessArchitecture}"),
        ];
    }
}
