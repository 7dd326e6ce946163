using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Detection;

/// <summary>The device that <c>run.device</c> means on this machine, for this process.</summary>
public static class RunDevice
{
    private const string Auto = "auto";
    private const string Cpu = "cpu";

    /// <summary>The device of a process, from what libtorch sees.</summary>
    /// <param name="run">Its <c>device</c>.</param>
    /// <param name="localRank">This process's number on its machine, from 0, which takes the GPU of that number unless another is named.</param>
    /// <exception cref="RunException">The device is not there.</exception>
    /// <exception cref="LibtorchException">libtorch cannot be loaded.</exception>
    public static torch.Device Of(RunConfig run, int localRank = 0)
    {
        Libtorch.Load();
        return Of(run.Device, localRank, torch.cuda.device_count());
    }

    /// <inheritdoc cref="Of(RunConfig, int)"/>
    /// <param name="name">auto, cpu, cuda or cuda:N.</param>
    /// <param name="localRank">This process's number on its machine.</param>
    /// <param name="gpus">How many libtorch sees.</param>
    internal static torch.Device Of(string name, int localRank, int gpus)
    {
        if (name == Cpu || (name == Auto && gpus == 0))
        {
            return new torch.Device(DeviceType.CPU);
        }
        if (gpus == 0)
        {
            throw new RunException(
                $"run.device is '{name}', but libtorch sees no CUDA device; expected cpu or auto here: drcnn doctor says which libtorch is "
                    + "loaded, DRCNN_LIBTORCH names the folder of another one",
                RunFault.Request
            );
        }
        string[] parts = name.Split(':');
        int index = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : localRank;
        return index < gpus
            ? new torch.Device(DeviceType.CUDA, index)
            : throw new RunException(
                $"run.device is '{name}', which for this process (local rank {localRank}) is GPU {index}; libtorch sees {gpus}, expected a number "
                    + $"below that{(parts.Length > 1 ? "" : $" and at most {gpus} processes on a machine")}",
                RunFault.Request
            );
    }

    /// <summary>Moves a detector to a device, laid out in memory as <c>run.memoryFormat</c> says.</summary>
    public static void Place(Detector detector, RunConfig run, torch.Device device)
    {
        ops.set_device(device);
        detector.place(
            device,
            run.MemoryFormat.IsChannelsLast || (run.MemoryFormat.IsAuto && !DevicePath.IsHost(device.type))
        );
    }
}
