using System.Diagnostics.CodeAnalysis;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>
    /// Owns one reference to a libtorch tensor. It belongs to the innermost <see cref="DisposeScope"/> of the thread that made it;
    /// outside every scope it lives until <see cref="Dispose()"/>, and a finaliser is the net below.
    /// </summary>
    [SuppressMessage(
        "Design",
        "CA1063",
        Justification = "The finaliser releases one native reference and nothing else."
    )]
    public unsafe partial class Tensor : IDisposable
    {
        private const int MaximumDimensions = 16;
        private nint handle;

        internal Tensor(nint handle)
        {
            this.handle = handle;
            DisposeScope.Innermost?.Add(this);
        }

        ~Tensor() => Release();

        /// <summary>The native reference, valid while this object is alive and not disposed.</summary>
        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Tensor));

        public bool IsInvalid => handle == 0;

        public long[] shape
        {
            get
            {
                long* sizes = stackalloc long[MaximumDimensions];
                int count = Native.drcnn_sizes(Handle, sizes);
                GC.KeepAlive(this);
                return new Span<long>(sizes, count).ToArray();
            }
        }

        public ScalarType dtype
        {
            get
            {
                int type = Native.drcnn_dtype(Handle);
                GC.KeepAlive(this);
                return (ScalarType)type;
            }
        }

        public Device device
        {
            get
            {
                int type = Native.drcnn_device(Handle, out int index);
                GC.KeepAlive(this);
                return new Device((DeviceType)type, index);
            }
        }

        public long ndim
        {
            get
            {
                int dimensions = Native.drcnn_dim(Handle);
                GC.KeepAlive(this);
                return dimensions;
            }
        }

        public bool requires_grad
        {
            get
            {
                int on = Native.drcnn_requires_grad(Handle);
                GC.KeepAlive(this);
                return on != 0;
            }
            set
            {
                Native.Check(Native.drcnn_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor? grad
        {
            get
            {
                Native.Check(Native.drcnn_grad(Handle, out nint gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                Native.Check(Native.drcnn_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        internal DisposeScope? Scope { get; set; }

        internal int ScopeIndex { get; set; }

        public long numel()
        {
            long count = Native.drcnn_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        public void backward()
        {
            Native.Check(Native.drcnn_backward(Handle, 0, 0, 0));
            GC.KeepAlive(this);
        }

        /// <summary>The one element of a tensor, converted to <typeparamref name="T"/>. Waits for the device.</summary>
        public T item<T>()
            where T : unmanaged
        {
            Native.Check(Native.drcnn_item(Handle, out NativeValue value));
            GC.KeepAlive(this);
            object number =
                value.Tag == Tag.Double ? value.Real
                : value.Tag == Tag.Bool ? value.Integer != 0
                : value.Integer;
            return (T)Convert.ChangeType(number, typeof(T), provider: null);
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Remove(this);
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            if (Scope is { } scope)
            {
                scope.MoveToOuter(this);
            }
            return this;
        }

        public void Dispose()
        {
            Scope?.Remove(this);
            Release();
            GC.SuppressFinalize(this);
        }

        public override string ToString() => IsInvalid ? "disposed tensor" : $"{dtype} [{string.Join(", ", shape)}]";

        /// <summary>Gives the native reference away; this object is disposed afterwards.</summary>
        internal nint TakeHandle()
        {
            Scope = null;
            GC.SuppressFinalize(this);
            return Interlocked.Exchange(ref handle, 0);
        }

        private void Release()
        {
            nint reference = Interlocked.Exchange(ref handle, 0);
            if (reference != 0)
            {
                Native.drcnn_release(reference);
            }
        }
    }
}
