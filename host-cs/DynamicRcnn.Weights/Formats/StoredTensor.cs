namespace DynamicRcnn.Weights;

/// <summary>A tensor as a file holds it: row-major, little-endian.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sides; empty for a single number.</param>
/// <param name="Data">The elements' bytes.</param>
public sealed record StoredTensor(torch.ScalarType Type, long[] Shape, ReadOnlyMemory<byte> Data)
{
    /// <summary>A copy of a tensor's elements. Waits for the device.</summary>
    public static StoredTensor Of(torch.Tensor tensor) => new(tensor.dtype, tensor.shape, ops.to_bytes(tensor));

    /// <summary>Copies the elements into a tensor of the same shape, converted to its element type.</summary>
    public void CopyTo(torch.Tensor target)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        target.copy_(ops.from_bytes(Data.Span, Shape, Type));
    }
}
