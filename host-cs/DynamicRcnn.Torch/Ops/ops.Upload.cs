using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

public static unsafe partial class ops
{
    /// <summary>
    /// Makes a GPU the one that this thread works with where none is named: pinned memory and streams would otherwise take room on the
    /// first one too. Nothing on a CPU.
    /// </summary>
    public static void set_device(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            Native.Check(Native.drcnn_set_device((int)device.type, device.index));
        }
    }

    /// <summary>
    /// Tensors of the host on a device. To a GPU they are copied from pinned memory on a stream of their own, beside what the GPU computes
    /// meanwhile; the host does not wait, and what is computed with them waits for them on the GPU.
    /// </summary>
    /// <param name="device">Where to; the CPU: the tensors themselves.</param>
    /// <param name="tensors">On the CPU.</param>
    public static Tensor[] upload(Device device, params Tensor[] tensors)
    {
        if (device.type == DeviceType.CPU)
        {
            return tensors;
        }
        nint[] handles = Array.ConvertAll(tensors, tensor => tensor.Handle);
        nint[] copies = new nint[handles.Length];
        fixed (nint* from = handles)
        fixed (nint* to = copies)
        {
            Native.Check(Native.drcnn_upload(from, handles.Length, (int)device.type, device.index, to));
        }
        GC.KeepAlive(tensors);
        return Array.ConvertAll(copies, handle => new Tensor(handle));
    }
}
