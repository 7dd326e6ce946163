using System.Runtime.InteropServices;

namespace DynamicRcnn.Model.Kernels;

public static unsafe partial class ops
{
    /// <summary>A CPU tensor with a copy of the values, in their element type.</summary>
    /// <exception cref="ArgumentException">The shape asks for another number of values.</exception>
    public static Tensor from_span<T>(ReadOnlySpan<T> values, long[] shape)
        where T : unmanaged => from_bytes(MemoryMarshal.AsBytes(values), shape, TypeOf<T>());

    /// <summary>A CPU tensor with a copy of the bytes, read as elements of <paramref name="dtype"/>.</summary>
    /// <exception cref="ArgumentException">The shape asks for another number of bytes.</exception>
    public static Tensor from_bytes(ReadOnlySpan<byte> bytes, long[] shape, ScalarType dtype)
    {
        long expected = SizeOf(dtype);
        foreach (long side in shape)
            expected = checked(expected * side);
        if (expected != bytes.Length || shape.Any(side => side < 0))
        {
            throw new ArgumentException(
                $"from_bytes: {dtype} [{string.Join(", ", shape)}] needs {expected} bytes, got {bytes.Length}."
            );
        }
        Libtorch.Load();
        Tensor tensor = torch.empty(shape, dtype);
        bytes.CopyTo(new Span<byte>(TensorMemory.Of(tensor), bytes.Length));
        GC.KeepAlive(tensor);
        return tensor;
    }

    /// <summary>The tensor's elements in row-major order. Waits for the device.</summary>
    /// <exception cref="ArgumentException">The tensor has another element type.</exception>
    public static T[] to_array<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.dtype != TypeOf<T>())
            throw new ArgumentException($"to_array: the tensor is {tensor.dtype}, asked for {TypeOf<T>()}.");
        T[] values = GC.AllocateUninitializedArray<T>(checked((int)tensor.numel()));
        CopyTo(tensor, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>The tensor's elements in row-major order, as bytes. Waits for the device.</summary>
    public static byte[] to_bytes(Tensor tensor)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)(tensor.numel() * SizeOf(tensor.dtype))));
        CopyTo(tensor, bytes);
        return bytes;
    }

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(ScalarType type) =>
        type switch
        {
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
            ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
            ScalarType.Int32 or ScalarType.Float32 => 4,
            _ => 8,
        };

    private static void CopyTo(Tensor tensor, Span<byte> bytes)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        Tensor host = TensorMemory.Dense(tensor.cpu(), tensor.dtype);
        new ReadOnlySpan<byte>(TensorMemory.Of(host), bytes.Length).CopyTo(bytes);
        GC.KeepAlive(host);
    }

    private static ScalarType TypeOf<T>()
        where T : unmanaged =>
        Type.GetTypeCode(typeof(T)) switch
        {
            TypeCode.Single => ScalarType.Float32,
            TypeCode.Double => ScalarType.Float64,
            TypeCode.Int64 => ScalarType.Int64,
            TypeCode.Int32 => ScalarType.Int32,
            TypeCode.Int16 => ScalarType.Int16,
            TypeCode.SByte => ScalarType.Int8,
            TypeCode.Boolean => ScalarType.Bool,
            TypeCode.Byte => ScalarType.Byte,
            _ when typeof(T) == typeof(Half) => ScalarType.Float16,
            _ => throw new ArgumentException($"{typeof(T).Name} is no element type of a tensor."),
        };
}
