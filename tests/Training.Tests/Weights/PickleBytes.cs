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

    /// <summary>A text as Python 2 writes it.</summary>
    public PickleBytes OldText(string text) => Code('U').Code((byte)text.Length).Code(Encoding.Latin1.GetBytes(text));

    /// <summary>An array as numpy pickles it; texts and elements in the manner of Python 2.</summary>
    public PickleBytes Array(string type, string order, long[] shape, bool fortran, byte[] data)
    {
        Global("numpy.core.multiarray", "_reconstruct").Global("numpy", "ndarray").Number(0).Code(0x85).OldText("b");
        Code(0x87).Code('R').Code('(').Number(1).Tuple(shape);
        Global("numpy", "dtype").OldText(type).Number(0).Number(1).Code(0x87).Code('R');
        Code('(')
            .Number(3)
            .OldText(order)
            .Code('N')
            .Code('N')
            .Code('N')
            .Number(-1)
            .Number(-1)
            .Number(0)
            .Code('t')
            .Code('b');
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
        return Code((byte)(fortran ? 0x88 : 0x89)).Code('T').Code(length).Code(data).Code('t').Code('b');
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

    /// <summary>A state dict with one tensor <c>a</c> over storage 0.</summary>
    public static byte[] OneTensor(long count, long offset, long[] shape, long[] strides) =>
        new PickleBytes()
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", count, offset, shape, strides)
            .EndDictionary()
            .Stop();

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
