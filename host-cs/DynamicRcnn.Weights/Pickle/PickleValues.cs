namespace DynamicRcnn.Weights;

/// <summary>The instructions of Python's pickle that state dicts and arrays need, by the bytes that stand for them.</summary>
internal enum PickleOpcode
{
    Mark = '(',
    EmptyTuple = ')',
    Stop = '.',
    Pop = '0',
    PopMark = '1',
    Dup = '2',
    BinBytes = 'B',
    ShortBinBytes = 'C',
    Float = 'F',
    BinFloat = 'G',
    Int = 'I',
    BinInt = 'J',
    BinInt1 = 'K',
    Long = 'L',
    BinInt2 = 'M',
    None = 'N',
    BinPersId = 'Q',
    Reduce = 'R',
    String = 'S',
    BinString = 'T',
    ShortBinString = 'U',
    Unicode = 'V',
    BinUnicode = 'X',
    EmptyList = ']',
    Append = 'a',
    Build = 'b',
    Global = 'c',
    Dict = 'd',
    Appends = 'e',
    Get = 'g',
    BinGet = 'h',
    LongBinGet = 'j',
    List = 'l',
    Put = 'p',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    Tuple = 't',
    SetItems = 'u',
    EmptyDict = '}',
    Proto = 0x80,
    NewObj = 0x81,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8A,
    ShortBinUnicode = 0x8C,
    BinUnicode8 = 0x8D,
    BinBytes8 = 0x8E,
    EmptySet = 0x8F,
    AddItems = 0x90,
    FrozenSet = 0x91,
    NewObjEx = 0x92,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
    ByteArray8 = 0x96,
}

/// <summary>A name of the list that weights need.</summary>
/// <param name="Name">Module and name, such as <c>torch.FloatStorage</c>.</param>
internal sealed record PickleGlobal(string Name);

/// <summary>
/// Stands for a class or an object that is passed over, and for all that its pickle makes of it: calls, states and items leave it as it is. It
/// keeps the pickle's own texts, so that it takes no more memory than the instruction that named it.
/// </summary>
/// <param name="Module">Where the class is.</param>
/// <param name="Name">Its name there.</param>
internal sealed record SkippedObject(string Module, string Name)
{
    /// <summary>A set, or a number beyond 64 bits: values of Python's own that weights have no need of.</summary>
    public static SkippedObject Value { get; } = new("builtins", "object");

    /// <summary>The class for people.</summary>
    public override string ToString() => FileText.Shown($"{Module}.{Name}");
}

/// <summary>A block of elements that lies in the archive under its key.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Key">Name of the archive's entry.</param>
/// <param name="Count">Elements, as the pickle says.</param>
/// <param name="Start">The element that a part of the storage begins with; old files have such parts.</param>
internal sealed record PthStorage(torch.ScalarType Type, string Key, long Count, long Start = 0);

/// <summary>A view of a storage, as the pickle says; nothing of it is checked yet.</summary>
/// <param name="Storage">What it looks at.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Shape">Sides.</param>
/// <param name="Strides">Elements from one index of a side to the next.</param>
internal sealed record PthTensor(PthStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>numpy's name of an element type, such as <c>f4</c>.</summary>
/// <param name="code">The name.</param>
internal sealed class PickledType(string code)
{
    /// <summary>The name.</summary>
    public string Code { get; } = code;

    /// <summary>A big-endian machine wrote the elements.</summary>
    public bool IsBigEndian { get; set; }
}

/// <summary>An array of numpy; without a view until the pickle has told its elements. Nothing of it is checked yet.</summary>
internal sealed class PickledArray
{
    /// <summary>How the elements lie; null when they are of a type that no tensor has.</summary>
    public PthTensor? View { get; set; }

    /// <summary>A part of the pickle, or bytes that it spelled as a text.</summary>
    public ReadOnlyMemory<byte> Data { get; set; }
}
