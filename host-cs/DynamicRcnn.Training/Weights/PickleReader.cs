using System.Buffers.Binary;
using System.Text;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Weights;

/// <summary>
/// Reads the pickle inside a <c>.pth</c> as data. A pickle is a program for a stack machine that may call anything; this machine calls nothing:
/// it knows the few instructions and names that a state dict needs, gives each a fixed meaning, and refuses every other one.
/// </summary>
/// <remarks>
/// Python's values become <c>null</c>, <c>bool</c>, <c>long</c>, <c>double</c>, <c>string</c>, <c>object?[]</c> (tuple),
/// <c>List&lt;object?&gt;</c>, <c>Dictionary&lt;object, object?&gt;</c> (ordered; keys are texts or whole numbers), <see cref="PthStorage"/> and
/// <see cref="PthTensor"/>. Nothing nests by recursion; the number of values and the sides of a tensor have caps, so that a small pickle cannot
/// take much memory.
/// </remarks>
internal sealed class PickleReader
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string Size = "torch.Size";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const int MostValues = 1 << 21;
    private const int MostSides = 64;

    private static readonly HashSet<string> functions = [OrderedDict, Size, RebuildTensor, RebuildParameter];

    private static readonly Dictionary<string, torch.ScalarType> storages = new()
    {
        ["torch.DoubleStorage"] = torch.ScalarType.Float64,
        ["torch.FloatStorage"] = torch.ScalarType.Float32,
        ["torch.HalfStorage"] = torch.ScalarType.Float16,
        ["torch.BFloat16Storage"] = torch.ScalarType.BFloat16,
        ["torch.LongStorage"] = torch.ScalarType.Int64,
        ["torch.IntStorage"] = torch.ScalarType.Int32,
        ["torch.ShortStorage"] = torch.ScalarType.Int16,
        ["torch.CharStorage"] = torch.ScalarType.Int8,
        ["torch.ByteStorage"] = torch.ScalarType.Byte,
        ["torch.BoolStorage"] = torch.ScalarType.Bool,
    };

    private readonly string path;
    private readonly byte[] pickle;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private int position;
    private int values;

    private PickleReader(string path, byte[] pickle)
    {
        this.path = path;
        this.pickle = pickle;
    }

    /// <summary>The value that the pickle describes.</summary>
    /// <exception cref="RunException">It is broken, or asks for something that no state dict needs.</exception>
    public static object? Read(string path, byte[] pickle)
    {
        PickleReader reader = new(path, pickle);
        while (reader.Step()) { }
        return reader.Pop();
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
                memo[Byte()] = Peek();
                break;
            case PickleOpcode.LongBinPut:
                memo[UInt32()] = Peek();
                break;
            case PickleOpcode.Memoize:
                memo[memo.Count] = Peek();
                break;
            case PickleOpcode.Append:
            case PickleOpcode.Appends:
                object?[] added = opcode == PickleOpcode.Append ? Pop(1) : PopToMark();
                Peek<List<object?>>().AddRange(added);
                break;
            case PickleOpcode.SetItem:
            case PickleOpcode.SetItems:
                Set(opcode == PickleOpcode.SetItem ? Pop(2) : PopToMark());
                break;
            case PickleOpcode.Build:
                // What a dictionary carries beside its items: module versions, which the names and shapes make up for.
                Pop();
                Peek<Dictionary<object, object?>>();
                break;
            default:
                if (++values > MostValues)
                {
                    throw new RunException(
                        $"{path}: the pickle holds more than {MostValues} values; expected a state dict."
                    );
                }
                stack.Add(Value(opcode));
                break;
        }
        return true;
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
            PickleOpcode.Long1 => Long(Take(Byte())),
            PickleOpcode.BinFloat => BinaryPrimitives.ReadDoubleBigEndian(Take(sizeof(double))),
            PickleOpcode.BinUnicode => Text(UInt32()),
            PickleOpcode.ShortBinUnicode => Text(Byte()),
            PickleOpcode.EmptyDict => new Dictionary<object, object?>(),
            PickleOpcode.EmptyList => new List<object?>(),
            PickleOpcode.EmptyTuple => Array.Empty<object?>(),
            PickleOpcode.Tuple => PopToMark(),
            PickleOpcode.Tuple1 => Pop(1),
            PickleOpcode.Tuple2 => Pop(2),
            PickleOpcode.Tuple3 => Pop(3),
            PickleOpcode.BinGet => Recall(Byte()),
            PickleOpcode.LongBinGet => Recall(UInt32()),
            PickleOpcode.Global => Global(Line(), Line()),
            PickleOpcode.StackGlobal => Pop(2) is [string module, string name] ? Global(module, name) : throw Broken(),
            PickleOpcode.BinPersId => Storage(Pop()),
            PickleOpcode.Reduce => Pop(2) is [PickleGlobal function, object?[] arguments]
                ? Call(function.Name, arguments)
                : throw Broken(),
            _ => throw new RunException(
                $"{path}: the pickle has the instruction 0x{(int)opcode:X2}, which no state dict needs; nothing of it was run."
            ),
        };

    private PickleGlobal Global(string module, string name)
    {
        string whole = $"{module}.{name}";
        return functions.Contains(whole) || storages.ContainsKey(whole)
            ? new PickleGlobal(whole)
            : throw new RunException(
                $"{path}: the pickle asks for '{FileText.Shown(whole)}', which no state dict needs; nothing of it was run. Expected what torch.save(model.state_dict(), ...) writes."
            );
    }

    private object Call(string function, object?[] arguments) =>
        (function, arguments) switch
        {
            (OrderedDict, []) => new Dictionary<object, object?>(),
            (Size, [object?[] sides]) => sides,
            (RebuildParameter, [PthTensor tensor, bool, _]) => tensor,
            (RebuildTensor, [PthStorage storage, long offset, object?[] shape, object?[] strides, bool, ..]) =>
                new PthTensor(storage, offset, Whole(shape), Whole(strides)),
            _ => throw Broken(),
        };

    private PthStorage Storage(object? id) =>
        id is object?[] and ["storage", PickleGlobal type, string key, string, long count]
        && storages.TryGetValue(type.Name, out torch.ScalarType element)
            ? new PthStorage(element, key, count)
            : throw Broken();

    private void Set(object?[] items)
    {
        Dictionary<object, object?> dictionary = Peek<Dictionary<object, object?>>();
        if (items.Length % 2 != 0)
        {
            throw Broken();
        }
        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary[items[i] is string or long ? items[i]! : throw Broken()] = items[i + 1];
        }
    }

    private object? Recall(long index) => memo.TryGetValue(index, out object? value) ? value : throw Broken();

    private object? Pop() => Pop(1)[0];

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

    private T Peek<T>()
        where T : class => Peek() as T ?? throw Broken();

    private byte Byte() => Take(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    private string Text(long length) => Encoding.UTF8.GetString(Take(length));

    private string Line()
    {
        int length = pickle.AsSpan(position).IndexOf((byte)'\n');
        string line = Text(length < 0 ? long.MaxValue : length);
        Take(1);
        return line;
    }

    private long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            throw Broken();
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
        if (length > pickle.Length - position)
        {
            throw Broken();
        }
        ReadOnlySpan<byte> taken = pickle.AsSpan(position, (int)length);
        position += (int)length;
        return taken;
    }

    private long[] Whole(object?[] sides) =>
        sides.Length <= MostSides
            ? [.. sides.Select(side => side is long number ? number : throw Broken())]
            : throw Broken();

    private RunException Broken() => new($"{path}: the pickle is broken at byte {position}; expected a state dict.");
}
