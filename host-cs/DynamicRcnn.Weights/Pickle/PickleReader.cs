using System.Buffers.Binary;
using System.Text;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Reads a pickle with tensors or arrays as data. A pickle is a program for a stack machine that may call anything; this machine calls nothing:
/// it knows the few instructions that weights need, gives each a fixed meaning, and refuses every other one; names are <see cref="PickleCalls"/>'s.
/// </summary>
/// <remarks>
/// Python's values become <c>null</c>, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c>,
/// <c>ReadOnlyMemory&lt;byte&gt;</c> (bytes and the texts of Python 2: parts of the pickle), <c>object?[]</c> (tuple), <c>List&lt;object?&gt;</c>,
/// <c>Dictionary&lt;object, object?&gt;</c> (ordered; keys are texts or whole numbers), <see cref="PthStorage"/>, <see cref="PthTensor"/> and
/// <see cref="PickledArray"/>. Nothing nests by recursion; the number of values and the sides of a tensor have caps, so that a small pickle cannot
/// take much memory.
/// </remarks>
internal sealed class PickleReader
{
    private const int MostValues = 1 << 21;

    private readonly string path;
    private readonly ReadOnlyMemory<byte> pickle;
    private readonly PickleCalls calls;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private int position;
    private int values;

    /// <param name="path">For sentences.</param>
    /// <param name="pickle">The pickle, and whatever follows it.</param>
    public PickleReader(string path, ReadOnlyMemory<byte> pickle)
    {
        this.path = path;
        this.pickle = pickle;
        calls = new PickleCalls(path, pickle.Length);
    }

    /// <summary>Where the pickle ended.</summary>
    public int Position => position;

    /// <summary>The storages that it spoke of, by key.</summary>
    public IReadOnlyDictionary<string, PthStorage> Storages => calls.Storages;

    /// <summary>The value that a pickle describes.</summary>
    /// <exception cref="RunException">It is broken, or asks for something that no state dict needs.</exception>
    public static object? Read(string path, ReadOnlyMemory<byte> pickle) => new PickleReader(path, pickle).Read();

    /// <summary>The value that the pickle describes; once.</summary>
    /// <exception cref="RunException">It is broken, or asks for something that no state dict needs.</exception>
    public object? Read()
    {
        while (Step()) { }
        return Pop();
    }

    private bool Step()
    {
        PickleOpcode opcode = (PickleOpcode)Byte();
        switch (opcode)
        {
            case PickleOpcode.Stop:
                return false;
            case PickleOpcode.Proto:
                Take(1);
                break;
            case PickleOpcode.Frame:
                Take(sizeof(ulong));
                break;
            case PickleOpcode.Mark:
                marks.Add(stack.Count);
                break;
            case PickleOpcode.BinPut:
                Remember(Byte());
                break;
            case PickleOpcode.LongBinPut:
                Remember(UInt32());
                break;
            case PickleOpcode.Memoize:
                Remember(memo.Count);
                break;
            case PickleOpcode.Put:
                Remember(PickleText.Whole(Line()) ?? throw Broken());
                break;
            case PickleOpcode.Pop:
                Discard();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.Append:
            case PickleOpcode.Appends:
            case PickleOpcode.AddItems:
                object?[] added = opcode == PickleOpcode.Append ? Pop(1) : PopToMark();
                if (Peek() is List<object?> list && opcode != PickleOpcode.AddItems)
                {
                    list.AddRange(added);
                }
                else if (Peek() is not SkippedObject)
                {
                    throw Broken();
                }
                break;
            case PickleOpcode.SetItem:
            case PickleOpcode.SetItems:
                object?[] items = opcode == PickleOpcode.SetItem ? Pop(2) : PopToMark();
                if (Peek() is not SkippedObject)
                {
                    Filled(Peek() as Dictionary<object, object?> ?? throw Broken(), items);
                }
                break;
            case PickleOpcode.Build:
                object? state = Pop();
                if (!PickleCalls.TryBuild(Peek(), state))
                {
                    throw Broken();
                }
                break;
            case PickleOpcode.FrozenSet:
                PopToMark();
                stack.Add(SkippedObject.Value);
                break;
            default:
                Count();
                stack.Add(Value(opcode));
                break;
        }
        return true;
    }

    private void Count()
    {
        if (++values > MostValues)
        {
            throw new RunException($"{path}: the pickle holds more than {MostValues} values; expected a state dict.");
        }
    }

    private object? Value(PickleOpcode opcode) =>
        opcode switch
        {
            PickleOpcode.None => null,
            PickleOpcode.NewTrue => true,
            PickleOpcode.NewFalse => false,
            PickleOpcode.BinInt => (long)BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int))),
            PickleOpcode.BinInt1 => (long)Byte(),
            PickleOpcode.BinInt2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort))),
            PickleOpcode.Long1 => Long(Take(Byte())) is { } whole ? whole : SkippedObject.Value,
            PickleOpcode.Int => PickleText.WholeOrTruth(Line()) ?? throw Broken(),
            PickleOpcode.Long => PickleText.Whole(Line()) ?? throw Broken(),
            PickleOpcode.Float => PickleText.Real(Line()) ?? throw Broken(),
            PickleOpcode.String => PickleText.Quoted(Line()) ?? throw Broken(),
            PickleOpcode.Unicode => PickleText.RawUnicode(Line()) ?? throw Broken(),
            PickleOpcode.BinFloat => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double))),
            PickleOpcode.BinUnicode => Text(UInt32()),
            PickleOpcode.ShortBinUnicode => Text(Byte()),
            PickleOpcode.BinUnicode8 => Text(Int64()),
            PickleOpcode.ShortBinString or PickleOpcode.ShortBinBytes => Bytes(Byte()),
            PickleOpcode.BinString or PickleOpcode.BinBytes => Bytes(UInt32()),
            PickleOpcode.BinBytes8 or PickleOpcode.ByteArray8 => Bytes(Int64()),
            PickleOpcode.EmptyDict => new Dictionary<object, object?>(),
            PickleOpcode.EmptyList => new List<object?>(),
            PickleOpcode.Dict => Filled([], PopToMark()),
            PickleOpcode.List => new List<object?>(PopToMark()),
            PickleOpcode.EmptyTuple => Array.Empty<object?>(),
            PickleOpcode.Tuple => PopToMark(),
            PickleOpcode.Tuple1 => Pop(1),
            PickleOpcode.Tuple2 => Pop(2),
            PickleOpcode.Tuple3 => Pop(3),
            PickleOpcode.Dup => Peek(),
            PickleOpcode.Get => Recall(PickleText.Whole(Line()) ?? throw Broken()),
            PickleOpcode.BinGet => Recall(Byte()),
            PickleOpcode.LongBinGet => Recall(UInt32()),
            PickleOpcode.Global => calls.Global(TextLine(), TextLine()),
            PickleOpcode.StackGlobal => Pop(2) is [string module, string name]
                ? calls.Global(module, name)
                : throw Broken(),
            PickleOpcode.BinPersId => calls.TryStorage(Pop()) ?? throw Broken(),
            PickleOpcode.Reduce or PickleOpcode.NewObj => Called(Pop(2)),
            PickleOpcode.NewObjEx => Pop(3) is [SkippedObject skipped, _, _] ? Called([skipped, null]) : throw Broken(),
            PickleOpcode.EmptySet => SkippedObject.Value,
            _ => throw new RunException(
                $"{path}: the pickle has the instruction 0x{(int)opcode:X2}, which no state dict needs; nothing of it was run."
            ),
        };

    private Dictionary<object, object?> Filled(Dictionary<object, object?> dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw Broken();
        }
        for (int i = 0; i < items.Length; i += 2)
        {
            if (Key(items[i]) is { } key)
            {
                dictionary[key] = items[i + 1];
            }
        }
        return dictionary;
    }

    private object? Called(object?[] call) => calls.TryCall(call[0], call[1]) ?? throw Broken();

    /// <summary>A text or a whole number. Other keys are none of a state dict's, and their items are left out.</summary>
    private object? Key(object? value) => value is long ? value : calls.NameOf(value);

    private void Remember(long index)
    {
        Count();
        memo[index] = Peek();
    }

    private object? Recall(long index) => memo.TryGetValue(index, out object? value) ? value : throw Broken();

    private object? Pop() => Pop(1)[0];

    /// <summary>Drops the topmost thing, which may be a mark.</summary>
    private void Discard()
    {
        if (marks.Count > 0 && marks[^1] == stack.Count)
        {
            marks.RemoveAt(marks.Count - 1);
        }
        else
        {
            Pop();
        }
    }

    private object?[] Pop(int count)
    {
        int first = stack.Count - count;
        if (first < 0)
        {
            throw Broken();
        }
        object?[] values = [.. stack[first..]];
        stack.RemoveRange(first, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (marks.Count == 0 || marks[^1] > stack.Count)
        {
            throw Broken();
        }
        int mark = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return Pop(stack.Count - mark);
    }

    private object? Peek() => stack.Count > 0 ? stack[^1] : throw Broken();

    private byte Byte() => Take(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private ReadOnlyMemory<byte> Bytes(long length)
    {
        int start = position;
        return pickle.Slice(start, Take(length).Length);
    }

    private string TextLine() => Encoding.UTF8.GetString(Line());

    private ReadOnlySpan<byte> Line()
    {
        int length = pickle.Span[position..].IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = Take(length < 0 ? long.MaxValue : length);
        Take(1);
        return line;
    }

    private static long? Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            return null;
        }
        long value = bytes.Length > 0 && (sbyte)bytes[^1] < 0 ? -1 : 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }
        return value;
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length < 0 || length > pickle.Length - position)
        {
            throw Broken();
        }
        ReadOnlySpan<byte> taken = pickle.Span.Slice(position, (int)length);
        position += (int)length;
        return taken;
    }

    private RunException Broken() => new($"{path}: the pickle is broken at byte {position}; expected a state dict.");
}
