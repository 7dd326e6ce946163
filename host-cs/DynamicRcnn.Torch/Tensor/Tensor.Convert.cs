using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor clone() => Aten.clone.Call(this);

        public Tensor contiguous() => Aten.contiguous.Call(this);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Disposing(disposeAfter, Aten.to_dtype.Call(this, type, non_blocking, copy));

        public Tensor to(
            ScalarType type,
            Device device,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => Disposing(disposeAfter, Aten.to_device.Call(this, device, type, non_blocking, copy));

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(
            DeviceType deviceType,
            int deviceIndex = -1,
            bool copy = false,
            bool disposeAfter = false,
            bool non_blocking = false
        ) => to(dtype, new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor cpu() => to(DeviceType.CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) =>
            to(dtype, device ?? new Device(DeviceType.CUDA), non_blocking: non_blocking);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor @bool() => to(ScalarType.Bool);

        /// <summary>Overwrites this tensor's elements, converted to its type and device.</summary>
        public Tensor copy_(Tensor source, bool nonBlocking = false)
        {
            Aten.copy_.Run(this, source, nonBlocking);
            return this;
        }

        public Tensor fill_(Scalar value)
        {
            Aten.fill__Scalar.Run(this, value);
            return this;
        }

        public Tensor zero_()
        {
            Aten.zero_.Run(this);
            return this;
        }

        private Tensor Disposing(bool disposeAfter, Tensor result)
        {
            if (disposeAfter)
            {
                Dispose();
            }
            return result;
        }
    }
}
