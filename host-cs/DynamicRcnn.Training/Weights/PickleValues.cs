using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Weights;

/// <summary>The instructions of Python's pickle that a state dict needs, by the bytes that stand for them.</summary>
internal enum PickleOpcode
{
    Mark = '(',
    EmptyTuple = ')',
    Stop = '.',
    BinFloat = 'G',
    BinInt = 'J',
    BinInt1 = 'K',
    BinInt2 = 'M',
    None = 'N',
    BinPersId = 'Q',
    Reduce = 'R',
    BinUnicode = 'X',
    EmptyList = ']',
    Append = 'a',
    Build = 'b',
    Global = 'c',
    Appends = 'e',
    BinGet = 'h',
    LongBinGet = 'j',
    BinPut = 'q',
    LongBinPut = 'r',
    SetItem = 's',
    Tuple = 't',
    SetItems = 'u',
    EmptyDict = '}',
    Proto = 0x80,
    Tuple1 = 0x85,
    Tuple2 = 0x86,
    Tuple3 = 0x87,
    NewTrue = 0x88,
    NewFalse = 0x89,
    Long1 = 0x8A,
    ShortBinUnicode = 0x8C,
    StackGlobal = 0x93,
    Memoize = 0x94,
    Frame = 0x95,
}

/// <summary>A name that a pickle asks for; only those of the allow list come to be one.</summary>
/// <param name="Name">Module and name, such as <c>torch.FloatStorage</c>.</param>
internal sealed record PickleGlobal(string Name);

/// <summary>A block of elements that lies in the archive under its key.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Key">Name of the archive's entry.</param>
/// <param name="Count">Elements, as the pickle says.</param>
internal sealed record PthStorage(torch.ScalarType Type, string Key, long Count);

/// <summary>A view of a storage, as the pickle says; nothing of it is checked yet.</summary>
/// <param name="Storage">What it looks at.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Shape">Sides.</param>
/// <param name="Strides">Elements from one index of a side to the next.</param>
internal sealed record PthTensor(PthStorage Storage, long Offset, long[] Shape, long[] Strides);
