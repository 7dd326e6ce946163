using System.Text;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>The names that a pickle with weights may ask for, and what is made of each. Nothing of Python is imported or called.</summary>
/// <param name="path">For sentences.</param>
/// <param name="pickleBytes">The pickle's length: no more bytes are made of its texts.</param>
internal sealed class PickleCalls(string path, long pickleBytes)
{
    private const string OrderedDict = "collections.OrderedDict";
    private const string Size = "torch.Size";
    private const string RebuildTensor = "torch._utils._rebuild_tensor_v2";
    private const string RebuildFirstTensor = "torch._utils._rebuild_tensor";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string Array = "numpy.ndarray";
    private const string ElementType = "numpy.dtype";
    private const string Reconstruct = "numpy.core.multiarray._reconstruct";
    private const string Scalar = "numpy.core.multiarray.scalar";
    private const string FromBuffer = "numpy.core.numeric._frombuffer";
    private const string Encode = "_codecs.encode";
    private const string Bytes = "__builtin__.bytes";
    private const int MostSides = 16;
    private const int LongestText = 4096;

    private static readonly HashSet<string> names =
    [
        OrderedDict,
        Size,
        RebuildTensor,
        RebuildFirstTensor,
        RebuildParameter,
        Array,
        ElementType,
        Reconstruct,
        Scalar,
        FromBuffer,
        Encode,
        Bytes,
    ];

    private static readonly Dictionary<string, torch.ScalarType> storageTypes = new()
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

    private static readonly Dictionary<string, torch.ScalarType> arrayTypes = new()
    {
        ["f8"] = torch.ScalarType.Float64,
        ["f4"] = torch.ScalarType.Float32,
        ["f2"] = torch.ScalarType.Float16,
        ["i8"] = torch.ScalarType.Int64,
        ["i4"] = torch.ScalarType.Int32,
        ["i2"] = torch.ScalarType.Int16,
        ["i1"] = torch.ScalarType.Int8,
        ["u1"] = torch.ScalarType.Byte,
        ["b1"] = torch.ScalarType.Bool,
    };

    private readonly Dictionary<string, PthStorage> storages = [];
    private readonly Dictionary<ReadOnlyMemory<byte>, string> oldTexts = [];
    private long textBytesLeft = pickleBytes;

    /// <summary>The storages that were spoken of, by key.</summary>
    public IReadOnlyDictionary<string, PthStorage> Storages => storages;

    /// <summary>A text of Python 3, or of Python 2, as long as names are; null for anything else.</summary>
    public static string? TextOf(object? value) =>
        value switch
        {
            string { Length: <= LongestText } text => text,
            ReadOnlyMemory<byte> { Length: <= LongestText } bytes => Encoding.Latin1.GetString(bytes.Span),
            _ => null,
        };

    /// <summary>What torch calls a storage of an element type, without the module's name.</summary>
    public static string StorageOf(torch.ScalarType type) =>
        storageTypes.First(pair => pair.Value == type).Key["torch.".Length..];

    /// <summary>
    /// The same, for what is kept: one text of Python 2 becomes one string, however often the pickle recalls it, so that no more is made of texts
    /// than there are bytes of them.
    /// </summary>
    public string? NameOf(object? value)
    {
        if (value is not ReadOnlyMemory<byte> bytes)
        {
            return TextOf(value);
        }
        if (!oldTexts.TryGetValue(bytes, out string? name) && TextOf(value) is { } text)
        {
            oldTexts.Add(bytes, name = text);
        }
        return name;
    }

    /// <summary>A name that weights need, or what stands for one that is passed over.</summary>
    /// <exception cref="RunException">It is neither.</exception>
    public object Global(string module, string name)
    {
        // numpy 2 keeps the same functions in another place.
        string whole = $"{module}.{name}".Replace("numpy._core.", "numpy.core.", StringComparison.Ordinal);
        return names.Contains(whole) || storageTypes.ContainsKey(whole) ? new PickleGlobal(whole)
            : PickleNames.MaySkip(whole, module, name) ? new SkippedObject(module, name)
            : throw Refused(whole);
    }

    /// <summary>The storage that a persistent id describes, or the skipped class of one; null when it describes none.</summary>
    public object? TryStorage(object? id)
    {
        if (id is object?[] and [_, SkippedObject skipped, ..])
        {
            return skipped;
        }
        if (
            id is not object?[] parts
            || parts is not [_, PickleGlobal type, _, _, long count, ..]
            || TextOf(parts[0]) != "storage"
            || NameOf(parts[2]) is not { } key
            || !storageTypes.TryGetValue(type.Name, out torch.ScalarType element)
        )
        {
            return null;
        }
        PthStorage storage = new(element, key, count);
        if (!storages.TryAdd(key, storage) && storages[key] != storage)
        {
            return null;
        }
        return parts[5..] switch
        {
            [] or [null] => storage,
            [object?[] and [_, long start, long length]]
                when start >= 0 && length >= 0 && start <= count && length <= count - start => storage with
            {
                Start = start,
            },
            _ => null,
        };
    }

    /// <summary>What a function makes of its arguments, or a class of its own; null when it does not take such ones.</summary>
    /// <param name="function">A name of the list, or what is skipped and stays so.</param>
    /// <param name="arguments">What it is called with.</param>
    /// <exception cref="RunException">An attribute is asked for that is no method of a skipped class.</exception>
    public object? TryCall(object? function, object? arguments) =>
        (function, arguments) switch
        {
            (SkippedObject skipped, _) when PickleNames.IsAttributeLookUp(skipped) => arguments
                is object?[]
                    and [SkippedObject target, var text]
            && TextOf(text) is { } name
            && PickleNames.IsAttribute(name)
                ? target
                : throw Refused(skipped.ToString()),
            (SkippedObject skipped, _) => skipped,
            (PickleGlobal { Name: var name }, object?[] given) => TryCall(name, given)
                ?? given.OfType<SkippedObject>().FirstOrDefault(),
            _ => null,
        };

    private object? TryCall(string function, object?[] arguments) =>
        (function, arguments) switch
        {
            (OrderedDict, []) => new Dictionary<object, object?>(),
            (Size, [object?[] sides]) => sides,
            (RebuildParameter, [PthTensor tensor, bool, _]) => tensor,
            (RebuildTensor, [PthStorage storage, long offset, object?[] shape, object?[] strides, bool, ..]) => Tensor(
                storage,
                offset,
                shape,
                strides
            ),
            (RebuildFirstTensor, [PthStorage storage, long offset, object?[] shape, object?[] strides]) => Tensor(
                storage,
                offset,
                shape,
                strides
            ),
            (Reconstruct, [PickleGlobal { Name: Array }, object?[], _]) => new PickledArray(),
            (ElementType, [var code, ..]) when NameOf(code) is { } name => new PickledType(name),
            (FromBuffer, [ReadOnlyMemory<byte> data, PickledType type, object?[] shape, var order]) => Filled(
                new PickledArray(),
                type,
                shape,
                TextOf(order) == "F",
                data
            ),
            (Scalar, [PickledType, _]) => System.Array.Empty<object?>(),
            (Encode, [string text, var code]) when TextOf(code) == "latin1" => Latin1(text),
            (Bytes, []) => ReadOnlyMemory<byte>.Empty,
            _ => null,
        };

    /// <summary>Gives an array of numpy or its element type their state; what is skipped takes any.</summary>
    /// <returns>False when the target takes no such state.</returns>
    public static bool TryBuild(object? target, object? state)
    {
        switch (target, state)
        {
            case (PickledType type, object?[] and [long, var order, ..]):
                type.IsBigEndian = TextOf(order) == ">";
                return TextOf(order) is not null;
            case (
                PickledArray array,
                object?[]
                    and [long, object?[] shape, PickledType type, bool or long, ReadOnlyMemory<byte> data]
            ):
                bool isFortran = ((object?[])state)[3] is true or 1L;
                return Filled(array, type, shape, isFortran, data) is not null;
            // The elements are Python's objects, or of a type that is one.
            case (PickledArray, object?[] and [long, object?[], PickledType, bool or long, List<object?>]):
            case (PickledArray, object?[] and [long, object?[], SkippedObject, bool or long, _]):
                return true;
            default:
                // Of a dictionary: module versions, which the names and shapes make up for.
                return target is SkippedObject or Dictionary<object, object?>;
        }
    }

    private static PthTensor? Tensor(PthStorage storage, long offset, object?[] shape, object?[] strides)
    {
        // A part's first element lies in the storage; from there the offset must not run over.
        bool starts = storage.Start == 0 || (offset >= 0 && offset <= long.MaxValue - storage.Start);
        return starts && Whole(shape) is { } sides && Whole(strides) is { } steps
            ? new PthTensor(storage, offset + storage.Start, sides, steps)
            : null;
    }

    private static PickledArray? Filled(
        PickledArray array,
        PickledType type,
        object?[] shape,
        bool isFortran,
        ReadOnlyMemory<byte> data
    )
    {
        if (Whole(shape) is not { } sides || sides.Any(side => side < 0))
        {
            return null;
        }
        array.Data = data;
        array.View = null;
        if (type.IsBigEndian || !arrayTypes.TryGetValue(type.Code, out torch.ScalarType element))
        {
            return array;
        }
        long[] strides = new long[sides.Length];
        Int128 count = 1;
        for (int i = 0; i < sides.Length; i++)
        {
            int side = isFortran ? i : sides.Length - 1 - i;
            strides[side] = (long)count;
            count *= sides[side];
            if (count > int.MaxValue)
            {
                return null;
            }
        }
        int size = ops.SizeOf(element);
        if (count * size != data.Length)
        {
            return null;
        }
        array.View = new PthTensor(new PthStorage(element, "", (long)count), 0, sides, strides);
        return array;
    }

    private ReadOnlyMemory<byte>? Latin1(string text)
    {
        textBytesLeft -= text.Length;
        if (textBytesLeft < 0 || text.Any(letter => letter > byte.MaxValue))
        {
            return null;
        }
        return Encoding.Latin1.GetBytes(text);
    }

    private RunException Refused(string whole) =>
        new(
            $"{path}: the pickle asks for '{FileText.Shown(whole)}', which no state dict needs; nothing of it was run. Expected what torch.save(model.state_dict(), ...) writes."
        );

    private static long[]? Whole(object?[] sides) =>
        sides.Length <= MostSides && sides.All(side => side is long) ? [.. sides.Select(side => (long)side!)] : null;
}
