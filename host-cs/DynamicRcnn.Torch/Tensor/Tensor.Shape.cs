using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor detach() => Aten.detach.Call(this);

        public Tensor clone() => Aten.clone.Call(this);

        public Tensor contiguous() => Aten.contiguous.Call(this);

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Disposing(disposeAfter, Aten.to_dtype.Call(this, type, non_blocking, copy));

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Disposing(disposeAfter, Aten.to_device.Call(this, device, dtype, non_blocking, copy));

        public Tensor cpu() => to(new Device(DeviceType.CPU));

        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor view(params long[] shape) => Aten.view.Call(this, shape);

        public Tensor reshape(params long[] shape) => Aten.reshape.Call(this, shape);

        public Tensor permute(params long[] permutation) => Aten.permute.Call(this, permutation);

        public Tensor transpose(long dim0, long dim1) => Aten.transpose_int.Call(this, dim0, dim1);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) =>
            Aten.flatten_using_ints.Call(this, start_dim, end_dim);

        public Tensor squeeze(long? dim = null) =>
            dim is { } one ? Aten.squeeze_dim.Call(this, one) : Aten.squeeze.Call(this);

        public Tensor unsqueeze(long dim) => Aten.unsqueeze.Call(this, dim);

        public Tensor[] unbind(long dimension = 0) => Aten.unbind_int.CallMany(this, dimension);

        public Tensor[] split(long size, int dim = 0) => Aten.split_Tensor.CallMany(this, size, dim);

        public Tensor[] chunk(long chunks, long dim = 0) => Aten.chunk.CallMany(this, chunks, dim);

        public Tensor narrow(long dim, long start, long length) => Aten.narrow.Call(this, dim, start, length);

        public Tensor select(long dim, long index) => Aten.select_int.Call(this, dim, index);

        public Tensor index_select(long dim, Tensor index) => Aten.index_select.Call(this, dim, index);

        public Tensor gather(long dim, Tensor index) => Aten.gather.Call(this, dim, index);

        public Tensor scatter_(long dim, Tensor index, Tensor src)
        {
            Aten.scatter__src.Run(this, dim, index, src);
            return this;
        }

        public Tensor masked_fill(Tensor mask, Scalar value) => Aten.masked_fill_Scalar.Call(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value)
        {
            Aten.masked_fill__Scalar.Run(this, mask, value);
            return this;
        }

        public Tensor masked_select(Tensor mask) => Aten.masked_select.Call(this, mask);

        public Tensor nonzero() => Aten.nonzero.Call(this);

        public Tensor expand(params long[] sizes) => Aten.expand.Call(this, sizes);

        public Tensor repeat(params long[] sizes) => Aten.repeat.Call(this, sizes);

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
            if (disposeAfter && !ReferenceEquals(result, this))
            {
                Dispose();
            }
            return result;
        }
    }
}
