using System.Reflection;
using System.Runtime.InteropServices;
using DynamicRcnn.CommandLine;
using DynamicRcnn.Data;
using DynamicRcnn.Training;

namespace DynamicRcnn.Cli;

/// <summary>drcnn doctor: what this machine offers, and whether a run can start on it.</summary>
internal static class DoctorCommand
{
    private const string TensorLibrary = "libtorch_cpu.so";

    /// <summary>Version of this program, as the assembly carries it.</summary>
    public static string Version { get; } =
        typeof(DoctorCommand)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    /// <exception cref="IncompleteException">A run cannot start here; the verdict says why.</exception>
    public static void Run(DoctorOptions options, Terminal terminal)
    {
        DoctorReport report = Examine(options.Threads is > 0 ? options.Threads : null);
        report.Write(terminal.Output);
        if (!report.IsReady)
        {
            throw new IncompleteException(ExitCode.RunFailed, "this machine is not ready");
        }
    }

    /// <summary>Looks at the machine; libtorch is loaded to see that it works, and its absence is a finding.</summary>
    /// <param name="threads">Threads of a run; null = the default.</param>
    private static DoctorReport Examine(int? threads)
    {
        PartState libtorch = LoadedLibtorch();
        string folder = Directory.GetCurrentDirectory();
        return new DoctorReport(
            Version,
            $"{Environment.Version} in {RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/')}",
            JpegLibrary.IsThere,
            libtorch,
            Kernels(),
            libtorch.Problem.Length == 0 && ops.has_cuda_operators,
            libtorch.Problem.Length == 0 && torch.cuda.is_available(),
            ProcessGroup.Problem,
            threads ?? Environment.ProcessorCount,
            Libtorch.WaitPolicy,
            MachineReport.Read(),
            folder,
            new DriveInfo(folder).AvailableFreeSpace
        );
    }

    private static PartState Kernels()
    {
        try
        {
            return PartState.Ready($"{KernelLibrary.InstructionSet}, bfloat16 by {KernelLibrary.BFloat16Products}");
        }
        catch (LibtorchException problem)
        {
            return PartState.Missing(problem.Message.TrimEnd('.'));
        }
    }

    private static PartState LoadedLibtorch()
    {
        try
        {
            Libtorch.Load();
            string place = MachineReport.LoadedFrom(TensorLibrary) ?? "an unknown folder";
            string note = Libtorch.WithoutOneDnn is { } why ? $"; {why}" : "";
            return PartState.Ready($"{Libtorch.Version} in {place}{note}");
        }
        catch (LibtorchException problem)
        {
            return PartState.Missing(problem.Message.TrimEnd('.'));
        }
    }
}
