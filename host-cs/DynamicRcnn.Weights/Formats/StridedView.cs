namespace DynamicRcnn.Weights;

/// <summary>A view of a storage whose every element has been found to lie inside. Counts and strides are in elements.</summary>
internal sealed class StridedView
{
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly long offset;
    private readonly int elementBytes;

    private StridedView(PthTensor tensor, long count)
    {
        shape = tensor.Shape;
        strides = tensor.Strides;
        offset = tensor.Offset;
        elementBytes = ops.SizeOf(tensor.Storage.Type);
        Count = count;
        IsRun = count == 0 || IsRowMajor(tensor);
    }

    /// <summary>Its elements lie one after another, so that nothing needs to be copied.</summary>
    public bool IsRun { get; }

    /// <summary>What its elements take.</summary>
    public long ByteCount => Count * elementBytes;

    private long Count { get; }

    /// <summary>The view of a tensor; null when it leaves its storage or has more elements than that.</summary>
    public static StridedView? TryOf(PthTensor tensor)
    {
        (PthStorage storage, long offset, long[] shape, long[] strides) = tensor;
        if (
            shape.Length != strides.Length
            || shape.Any(side => side < 0)
            || strides.Any(stride => stride < 0)
            || offset < 0
            || offset > storage.Count
        )
        {
            return null;
        }
        if (shape.Contains(0))
        {
            return new StridedView(tensor, 0);
        }
        // Both stay below the storage's count at every side, so neither product can run over.
        Int128 count = 1;
        Int128 last = offset;
        for (int side = 0; side < shape.Length; side++)
        {
            count *= shape[side];
            last += (Int128)(shape[side] - 1) * strides[side];
            if (count > storage.Count || last >= storage.Count)
            {
                return null;
            }
        }
        return last < storage.Count ? new StridedView(tensor, (long)count) : null;
    }

    /// <summary>The view's elements in row-major order: a part of the storage where that is possible, else a copy.</summary>
    /// <param name="storage">At least as long as its declared count of elements.</param>
    public ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> storage) =>
        IsRun ? storage.Slice(checked((int)(offset * elementBytes)), checked((int)ByteCount)) : Gather(storage.Span);

    private byte[] Gather(ReadOnlySpan<byte> storage)
    {
        byte[] gathered = new byte[ByteCount];
        long[] index = new long[shape.Length];
        long element = offset;
        for (int target = 0; target < gathered.Length; target += elementBytes)
        {
            storage.Slice((int)(element * elementBytes), elementBytes).CopyTo(gathered.AsSpan(target));
            for (int side = shape.Length - 1; side >= 0; side--)
            {
                element += strides[side];
                if (++index[side] < shape[side])
                {
                    break;
                }
                element -= strides[side] * shape[side];
                index[side] = 0;
            }
        }
        return gathered;
    }

    private static bool IsRowMajor(PthTensor tensor)
    {
        long expected = 1;
        for (int side = tensor.Shape.Length - 1; side >= 0; side--)
        {
            if (tensor.Shape[side] != 1 && tensor.Strides[side] != expected)
            {
                return false;
            }
            expected *= tensor.Shape[side];
        }
        return true;
    }
}
