namespace DynamicRcnn.Model.Kernels;

public static partial class ops
{
    /// <summary>Makes a GPU the one that libtorch works with where none is named. Nothing on a CPU.</summary>
    public static void set_device(Device device)
    {
        Libtorch.Load();
        if (device.type == DeviceType.CUDA)
            torch.InitializeDevice(device);
    }

    /// <summary>
    /// Tensors of the host on a device. To a GPU they are copied from pinned memory; the host does not wait, and what is computed with them waits
    /// for them on the GPU.
    /// </summary>
    /// <param name="device">Where to; the CPU: the tensors themselves.</param>
    /// <param name="tensors">On the CPU.</param>
    public static Tensor[] upload(Device device, params Tensor[] tensors) =>
        device.type == DeviceType.CPU
            ? tensors
            : Array.ConvertAll(tensors, tensor => tensor.pin_memory().to(device, non_blocking: true));
}
