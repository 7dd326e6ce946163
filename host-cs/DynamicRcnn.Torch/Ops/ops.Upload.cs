using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

public static unsafe partial class ops
{
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
