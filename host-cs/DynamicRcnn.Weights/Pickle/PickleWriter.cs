using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace DynamicRcnn.Weights;

/// <summary>
/// Writes a pickle of protocol 2 with what weights need and nothing else: dictionaries, tuples, texts and tensors, which Python's
/// <c>torch.load(..., weights_only=True)</c> accepts. Elements are not in it: a tensor names its storage.
/// </summary>
internal sealed class PickleWriter
{
    private const byte Protocol = 2;

    private readonly ArrayBufferWriter<byte> bytes = new();

    public PickleWriter()
    {
        Code(PickleOpcode.Proto);
        Byte(Protocol);
    }

    /// <summary>The pickle; once, at the end.</summary>
    public byte[] End()
    {
        Code(PickleOpcode.Stop);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>A dictionary, whose keys and values the action writes in turn.</summary>
    public PickleWriter Dictionary(Action<PickleWriter> items) => Filled(Code(PickleOpcode.EmptyDict), items);

    /// <summary>An OrderedDict, as the state dicts of torch are.</summary>
    public PickleWriter OrderedDictionary(Action<PickleWriter> items) =>
        Filled(Global("collections", "OrderedDict").Code(PickleOpcode.EmptyTuple).Code(PickleOpcode.Reduce), items);

    /// <summary>A tuple of texts.</summary>
    public PickleWriter Texts(IEnumerable<string> texts)
    {
        Code(PickleOpcode.Mark);
        foreach (string text in texts)
        {
            Text(text);
        }
        return Code(PickleOpcode.Tuple);
    }

    public PickleWriter Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        Code(PickleOpcode.BinUnicode);
        Int32(utf8.Length);
        bytes.Write(utf8);
        return this;
    }

    /// <summary>A row-major tensor that is all of its storage.</summary>
    /// <param name="tensor">Its type and shape.</param>
    /// <param name="key">The storage's.</param>
    public PickleWriter Tensor(StoredTensor tensor, string key)
    {
        long[] strides = new long[tensor.Shape.Length];
        long count = 1;
        for (int side = strides.Length - 1; side >= 0; side--)
        {
            strides[side] = Math.Max(1, count);
            count *= tensor.Shape[side];
        }
        Global("torch._utils", "_rebuild_tensor_v2").Code(PickleOpcode.Mark).Code(PickleOpcode.Mark);
        Text("storage").Global("torch", PickleCalls.StorageOf(tensor.Type)).Text(key).Text("cpu").Number(count);
        Code(PickleOpcode.Tuple).Code(PickleOpcode.BinPersId).Number(0);
        Numbers(tensor.Shape).Numbers(strides).Code(PickleOpcode.NewFalse);
        return OrderedDictionary(_ => { }).Code(PickleOpcode.Tuple).Code(PickleOpcode.Reduce);
    }

    private PickleWriter Filled(PickleWriter dictionary, Action<PickleWriter> items)
    {
        Code(PickleOpcode.Mark);
        items(dictionary);
        return Code(PickleOpcode.SetItems);
    }

    private PickleWriter Numbers(long[] numbers)
    {
        Code(PickleOpcode.Mark);
        foreach (long number in numbers)
        {
            Number(number);
        }
        return Code(PickleOpcode.Tuple);
    }

    private PickleWriter Number(long number)
    {
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            Code(PickleOpcode.BinInt);
            Int32((int)number);
            return this;
        }
        Code(PickleOpcode.Long1);
        Byte(sizeof(long));
        Span<byte> value = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(value, number);
        bytes.Write(value);
        return this;
    }

    private PickleWriter Global(string module, string name)
    {
        Code(PickleOpcode.Global);
        bytes.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
        return this;
    }

    private PickleWriter Code(PickleOpcode opcode)
    {
        Byte((byte)opcode);
        return this;
    }

    private void Byte(byte value)
    {
        bytes.GetSpan(1)[0] = value;
        bytes.Advance(1);
    }

    private void Int32(int value)
    {
        Span<byte> four = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(four, value);
        bytes.Write(four);
    }
}
