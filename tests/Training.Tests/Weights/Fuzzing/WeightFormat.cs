using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DynamicRcnn.Runs;
using DynamicRcnn.Tests.Fuzzing;
using DynamicRcnn.Weights;

namespace DynamicRcnn.Training.Tests.Weights.Fuzzing;

/// <summary>A format of weights: valid files, and files that are damaged inside while what is around is whole, and the other way round.</summary>
/// <param name="Name">For people.</param>
/// <param name="Inner">Pickles, or headers of safetensors, of valid files.</param>
/// <param name="Insertions">See <see cref="Mutator"/>.</param>
/// <param name="Wrap">Puts one into a file; a generator may lie about sizes and offsets, none does not.</param>
/// <param name="IsPastHeader">Whether a file is still so far whole that its reader goes on to what it describes.</param>
internal sealed record WeightFormat(
    string Name,
    byte[][] Inner,
    byte[][] Insertions,
    Func<byte[], Random?, byte[]> Wrap,
    Func<byte[], bool> IsPastHeader
)
{
    private const int BombBytes = 1 << 22;

    private static readonly byte[][] pickleInsertions =
    [
        .. "()]}02lNtued"u8.ToArray().Select(code => (byte[])[code]),
        [0x85],
        [0x87],
        // A class, as both instructions name it; a call, a new object, a state; a set and its items.
        .. ((string[])["ca\nB\n", "U\u0002Bc\u008C\u0002Bc\u0093", ")R", ")\u0081", "Nb", "\u008F", "(\u0090"]).Select(
            Encoding.Latin1.GetBytes
        ),
        // A list, and a dictionary, that hold themselves; then the file's own dictionary in itself under the names that are looked for.
        [.. "]q"u8, 0xC8, (byte)'h', 0xC8, .. "a0"u8],
        [.. "}q"u8, 0xC8, .. "U\u0001ah"u8, 0xC8, .. "s0"u8],
        [(byte)'q', 0xC8, .. "U\u000Astate_dicth"u8, 0xC8, (byte)'s'],
        [(byte)'q', 0xC8, .. "U\u0005blobsh"u8, 0xC8, (byte)'s'],
    ];

    private static readonly byte[][] headerInsertions =
    [
        .. (
            (string[])
                [
                    "[",
                    "{\"a\":",
                    "{}",
                    ",",
                    "\"",
                    "\\u0000",
                    "1e999",
                    "null,",
                    "\"b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},",
                ]
        ).Select(Encoding.ASCII.GetBytes),
    ];

    /// <summary>Every format that is read.</summary>
    public static IReadOnlyList<WeightFormat> All { get; } =
    [
        new("zip .pth", [StateDict(), Checkpoint()], pickleInsertions, Zip, IsZip),
        new("legacy .pth", [StateDict(), Checkpoint()], pickleInsertions, Legacy, IsLegacy),
        new(
            "Detectron .pkl",
            [Detectron()],
            pickleInsertions,
            (pickle, _) => pickle,
            bytes => bytes is [0x80, >= 2 and <= 5, ..]
        ),
        new(
            "Caffe2 .pkl, protocol 0",
            [OldPickle.Of(("conv1_w", [3, 2], PthBytes.Floats(6)), ("res_conv1_bn_s", [6], PthBytes.Floats(6)))],
            pickleInsertions,
            (pickle, _) => pickle,
            bytes => bytes.AsSpan().StartsWith("(dp"u8)
        ),
        new("safetensors", [Header()], headerInsertions, Safetensors, IsSafetensors),
    ];

    public FuzzFormat Format => new(Name, Damaged, IsPastHeader, Read);

    private static string? Read(string path)
    {
        try
        {
            WeightFile.Read(path);
            return null;
        }
        catch (RunException refusal)
        {
            return refusal.Message;
        }
    }

    /// <summary>A damaged file: its inside, what is around, or both.</summary>
    private byte[] Damaged(Random random)
    {
        Mutator mutator = new(Insertions);
        byte[] inner = Inner[random.Next(Inner.Length)];
        int where = random.Next(4);
        byte[] file = Wrap(where == 0 ? inner : mutator.Mutated(inner, random), random.Next(4) == 0 ? random : null);
        return where is 0 or 3 ? mutator.Mutated(file, random) : file;
    }

    private static byte[] StateDict() =>
        new PickleBytes()
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .OldText("b")
            .Tensor("LongStorage", "1", 2, 1, [1], [1])
            .EndDictionary()
            .Stop();

    /// <summary>A state dict among objects that are passed over.</summary>
    private static byte[] Checkpoint() =>
        new PickleBytes()
            .Code("}("u8)
            .Text("message_hub")
            .Global("mmengine.logging.history_buffer", "HistoryBuffer")
            .Code([(byte)')', 0x81, (byte)'}'])
            .Text("max_length")
            .Number(1)
            .Code("sb"u8)
            .Text("hooks")
            .Code([(byte)']', (byte)'('])
            .Global("__builtin__", "getattr")
            .Text("pkg")
            .Text("Hook")
            .Code(0x93)
            .Text("method")
            .Code([0x86, (byte)'R', 0x8F, (byte)'(', (byte)'N', 0x90, (byte)'e'])
            .Text("state_dict")
            .BeginDictionary()
            .Text("a")
            .Tensor("FloatStorage", "0", 6, 0, [3, 2], [1, 3])
            .Text("b")
            .Tensor("LongStorage", "1", 2, 1, [1], [1])
            .EndDictionary()
            .Code('u')
            .Stop();

    private static byte[] Detectron() =>
        new PickleBytes()
            .Code('}')
            .OldText("blobs")
            .Code('}')
            .Code('(')
            .OldText("conv1_w")
            .Array("f4", "<", [3, 2], fortran: true, PthBytes.Floats(6))
            .OldText("conv1_w_momentum")
            .Array("f4", "<", [6], fortran: false, PthBytes.Floats(6))
            .Code('u')
            .Code('s')
            .Stop();

    private static byte[] Header() =>
        """{"__metadata__":{"key":"text"},"a":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"b":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}"""u8.ToArray();

    private static byte[] Zip(byte[] pickle, Random? random)
    {
        Dictionary<string, byte[]> storages = new() { ["0"] = PthBytes.Floats(6), ["1"] = new byte[16] };
        switch (random?.Next(4))
        {
            case 0:
                return PthBytes.Of(pickle, storages, CompressionLevel.Fastest);
            case 1:
                storages["0"] = new byte[random.Next(BombBytes)];
                return SaidToBeStored(PthBytes.Of(pickle, storages, CompressionLevel.Fastest));
            case 2:
                return WithAnOffset(PthBytes.Of(pickle, storages), random);
            case 3:
                storages["0"] = new byte[random.Next(64)];
                return PthBytes.Of(pickle, storages, byteOrder: random.Next(2) == 0 ? "big" : "little");
            default:
                return PthBytes.Of(pickle, storages);
        }
    }

    /// <summary>A bomb in disguise: the directory says of every entry that it takes as many bytes as it gives.</summary>
    private static byte[] SaidToBeStored(byte[] zip)
    {
        for (int at = Entry(zip, 0); at >= 0; at = Entry(zip, at + 1))
        {
            zip.AsSpan(at + 24, 4).CopyTo(zip.AsSpan(at + 20));
        }
        return zip;
    }

    /// <summary>An entry of the directory begins elsewhere.</summary>
    private static byte[] WithAnOffset(byte[] zip, Random random)
    {
        int at = Entry(zip, 0);
        for (int skip = random.Next(3); skip > 0; skip--)
        {
            at = Entry(zip, at + 1);
        }
        BinaryPrimitives.WriteInt32LittleEndian(zip.AsSpan(at + 42), random.Next(2 * zip.Length));
        return zip;
    }

    private static int Entry(byte[] zip, int from)
    {
        int at = zip.AsSpan(from).IndexOf("PK\u0001\u0002"u8);
        return at < 0 ? -1 : from + at;
    }

    private static byte[] Legacy(byte[] pickle, Random? random) =>
        LegacyPthBytes.Of(
            pickle,
            [("0", random is null ? 6 : random.Next(8), PthBytes.Floats(6)), ("1", 2, new byte[16])],
            littleEndian: random is null || random.Next(4) > 0
        );

    private static byte[] Safetensors(byte[] header, Random? random)
    {
        byte[] length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length + (random?.Next(-2, 3) ?? 0));
        return [.. length, .. header, .. PthBytes.Floats(6), .. new byte[8]];
    }

    private static bool IsZip(byte[] bytes)
    {
        try
        {
            using ZipArchive zip = new(new MemoryStream(bytes), ZipArchiveMode.Read);
            using Stream pickle = zip.GetEntry("weights/data.pkl")?.Open() ?? Stream.Null;
            return bytes.AsSpan().StartsWith("PK\u0003\u0004"u8) && pickle.ReadByte() == 0x80;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
        {
            return false;
        }
    }

    private static bool IsLegacy(byte[] bytes) => bytes.AsSpan().StartsWith(LegacyPthBytes.Head);

    private static bool IsSafetensors(byte[] bytes)
    {
        if (bytes.Length < sizeof(long))
        {
            return false;
        }
        long length = BitConverter.ToInt64(bytes);
        try
        {
            using JsonDocument? header =
                length < 0 || length > bytes.Length - sizeof(long)
                    ? null
                    : JsonDocument.Parse(bytes.AsMemory(sizeof(long), (int)length));
            return header?.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
