using System.Buffers;
using System.Runtime.CompilerServices;
using SixLabors.ImageSharp.Memory;

namespace DynamicRcnn.Data;

/// <summary>
/// ImageSharp's buffers as arrays of zeros, none larger than a bound. Its own allocator hands out what an earlier picture left in them, which a damaged
/// file would then show.
/// </summary>
/// <param name="mostBytes">Of a buffer.</param>
internal sealed class BoundedAllocator(long mostBytes) : MemoryAllocator
{
    /// <inheritdoc/>
    public override IMemoryOwner<T> Allocate<T>(int length, AllocationOptions options = AllocationOptions.None) =>
        (long)length * Unsafe.SizeOf<T>() <= mostBytes
            ? new Owner<T>(new T[length])
            : throw new InvalidMemoryOperationException($"a buffer of {length} items is asked for");

    /// <inheritdoc/>
    protected override int GetBufferCapacityInBytes() => Array.MaxLength;

    private sealed class Owner<T>(T[] array) : IMemoryOwner<T>
    {
        public Memory<T> Memory => array;

        public void Dispose() { }
    }
}
