using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    /// <summary>
    /// Owns one reference to a libtorch tensor. It belongs to the innermost <see cref="DisposeScope"/> of the thread that made it;
    /// outside every scope it lives until <see cref="Dispose()"/>, and a finaliser is the net below. In-place members return this object.
    /// </summary>
    [SuppressMessage(
        "Design",
        "CA1063",
        Justification = "The finaliser releases one native reference and nothing else."
    )]
    public unsafe partial class Tensor : IDisposable
    {
        /// <summary>libtorch's own limit of dimensions for element-wise operators.</summary>
        private const int MaximumDimensions = 64;
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
            [SkipLocalsInit]
            get
            {
                long* sizes = stackalloc long[MaximumDimensions];
                int count = Native.drcnn_sizes(Handle, sizes, MaximumDimensions);
                GC.KeepAlive(this);
                return new ReadOnlySpan<long>(sizes, count).ToArray();
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

        internal DisposeScope? Scope { get; set; }

        /// <summary>The place in the scope's list, so that leaving it is O(1).</summary>
        internal int ScopeIndex { get; set; }

        public long numel()
        {
            long count = Native.drcnn_numel(Handle);
            GC.KeepAlive(this);
            return count;
        }

        /// <summary>Elements between neighbours along each dimension.</summary>
        [SkipLocalsInit]
        public long[] stride()
        {
            long* strides = stackalloc long[MaximumDimensions];
            int count = Native.drcnn_strides(Handle, strides, MaximumDimensions);
            GC.KeepAlive(this);
            return new ReadOnlySpan<long>(strides, count).ToArray();
        }

        /// <summary>The one element of a tensor as <typeparamref name="T"/>; a real number does not become an integer. Waits for the device.</summary>
        public T item<T>()
            where T : unmanaged
        {
            Native.Check(Native.drcnn_item(Handle, out NativeValue value));
            GC.KeepAlive(this);
            object number = value.Tag switch
            {
                Tag.Double when typeof(T) == typeof(double) || typeof(T) == typeof(float) => value.Real,
                Tag.Double => throw new ArgumentException($"item: the tensor is {dtype}, asked for {typeof(T).Name}."),
                Tag.Bool => value.Integer != 0,
                _ => value.Integer,
            };
            return (T)Convert.ChangeType(number, typeof(T), provider: null);
        }

        /// <summary>Takes the tensor out of every scope: it lives until it is disposed.</summary>
        public Tensor DetachFromDisposeScope()
        {
            Scope?.Remove(this);
            return this;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other)
        {
            DetachFromDisposeScope();
            other.Scope?.Add(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope other)
        {
            DetachFromDisposeScope();
            other.Add(this);
            return this;
        }

        public void Dispose()
        {
            Scope?.Remove(this);
            Release();
            GC.SuppressFinalize(this);
        }

        /// <summary>Element type and shape; the values stay where they are.</summary>
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
