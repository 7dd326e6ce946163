using System.Buffers.Binary;
using System.Text;

namespace DynamicRcnn.Training.Tests.Weights;

/// <summary>Writes a pickle instruction by instruction, so that a test can also write what Python never would.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> bytes = [0x80, 2];

    public PickleBytes Code(params ReadOnlySpan<byte> instructions)
    {
        bytes.AddRange(instructions);
        return this;
    }

    public PickleBytes Code(char instruction) => Code((byte)instruction);

    public PickleBytes Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
        return Code('X').Code(length).Code(utf8);
    }

    public PickleBytes Number(long number)
    {
        Span<byte> value = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        return Code(0x8A, sizeof(long)).Code(value);
    }

    public PickleBytes Global(string module, string name) =>
        Code('c').Code(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>An empty OrderedDict that is left open for <see cref="EndDictionary"/>.</summary>
    public PickleBytes BeginDictionary() => Global("collections", "OrderedDict").Code(')').Code('R').Code('(');

    public PickleBytes EndDictionary() => Code('u');

    /// <summary>A tensor as torch.save describes it.</summary>
    public PickleBytes Tensor(string storageType, string key, long count, long offset, long[] shape, long[] strides)
    {
        Global("torch._utils", "_rebuild_tensor_v2").Code('(');
        Code('(').Text("storage").Global("torch", storageType).Text(key).Text("cpu").Number(count).Code('t').Code('Q');
        Number(offset).Tuple(shape).Tuple(strides).Code(0x89);
        return Global("collections", "OrderedDict").Code(')').Code('R').Code('t').Code('R');
    }

    /// <summary>The bytes, with the instruction that ends them.</summary>
    public byte[] Stop() => [.. bytes, (byte)'.'];

    private PickleBytes Tuple(long[] values)
    {
        Code('(');
        foreach (long value in values)
        {
            Number(value);
        }
        return Code('t');
    }
}
