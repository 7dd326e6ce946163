using System.Buffers.Binary;
using System.Text.Json;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Reads and writes safetensors: eight bytes of header length, a JSON header, the elements. The header is checked whole before any
/// memory is taken for elements: its length, each shape against its bytes, no holes, no overlaps, no key twice.
/// </summary>
public static class SafetensorsFile
{
    private const int LengthBytes = 8;
    private const long LargestHeader = 100_000_000;
    private const string MetadataKey = "__metadata__";

    private static readonly Dictionary<string, torch.ScalarType> typesByName = new()
    {
        ["F64"] = torch.ScalarType.Float64,
        ["F32"] = torch.ScalarType.Float32,
        ["F16"] = torch.ScalarType.Float16,
        ["BF16"] = torch.ScalarType.BFloat16,
        ["I64"] = torch.ScalarType.Int64,
        ["I32"] = torch.ScalarType.Int32,
        ["I16"] = torch.ScalarType.Int16,
        ["I8"] = torch.ScalarType.Int8,
        ["U8"] = torch.ScalarType.Byte,
        ["BOOL"] = torch.ScalarType.Bool,
    };

    /// <summary>All tensors and the text metadata of a file.</summary>
    /// <exception cref="RunException">The file cannot be read or breaks a rule of the format.</exception>
    public static TensorFile Read(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read);
            return Read(path, stream);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }

    /// <summary>
    /// Writes a file so that at every moment the path holds either what was there before or the whole new file: into a temporary file
    /// of the same folder, flushed to the disk, then renamed.
    /// </summary>
    /// <exception cref="RunException">The disk is full or the folder cannot be written; what was there before is untouched.</exception>
    public static void Write(string path, TensorFile content)
    {
        try
        {
            AtomicFile.Write(path, stream => Write(stream, content));
        }
        catch (IOException error)
        {
            throw new RunException(error.Message, error, RunFault.Run);
        }
    }

    private static TensorFile Read(string path, FileStream stream)
    {
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (stream.Length < LengthBytes)
        {
            throw Broken(path, $"{stream.Length} bytes long; a safetensors file has at least {LengthBytes}");
        }
        stream.ReadExactly(prefix);
        if (prefix.StartsWith("version "u8))
        {
            throw Broken(path, "a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'");
        }
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > LargestHeader)
        {
            throw Broken(
                path,
                $"no file of weights: it begins with the bytes {Convert.ToHexString(prefix)}, as no safetensors, .pth or .pkl file does"
            );
        }
        if ((long)length > stream.Length - LengthBytes)
        {
            throw Broken(path, $"cut short, or not safetensors: its header would be {length} bytes long");
        }
        byte[] header = new byte[length];
        stream.ReadExactly(header);
        long dataLength = stream.Length - stream.Position;
        (List<Entry> entries, Dictionary<string, string> metadata) = ParseHeader(path, header, dataLength);
        Dictionary<string, StoredTensor> tensors = [];
        foreach (Entry entry in entries)
        {
            byte[] data = new byte[entry.End - entry.Begin];
            stream.ReadExactly(data);
            tensors.Add(entry.Name, new StoredTensor(entry.Type, entry.Shape, data));
        }
        return new TensorFile(tensors, metadata);
    }

    private static (List<Entry> Entries, Dictionary<string, string> Metadata) ParseHeader(
        string path,
        byte[] header,
        long dataLength
    )
    {
        List<Entry> entries = [];
        Dictionary<string, string> metadata = [];
        HashSet<string> names = [];
        try
        {
            using JsonDocument document = JsonDocument.Parse(header);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (!names.Add(property.Name))
                {
                    throw Broken(path, $"broken: the key '{property.Name}' is there twice");
                }
                if (property.Name == MetadataKey)
                {
                    foreach (JsonProperty text in property.Value.EnumerateObject())
                    {
                        metadata[text.Name] = text.Value.GetString() ?? "";
                    }
                }
                else
                {
                    entries.Add(ParseEntry(path, property));
                }
            }
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new RunException(
                $"{path} is not safetensors: its header is not the JSON that the format wants.",
                error
            );
        }
        RequireInTurn(path, entries, dataLength);
        return (entries, metadata);
    }

    /// <summary>Sorts the tensors by their places, which have no gaps and no overlaps.</summary>
    private static void RequireInTurn(string path, List<Entry> entries, long dataLength)
    {
        // A tensor without elements begins where the next one does.
        entries.Sort((one, other) => (one.Begin, one.End).CompareTo((other.Begin, other.End)));
        long position = 0;
        foreach (Entry entry in entries)
        {
            if (entry.Begin != position)
            {
                throw Broken(path, $"broken: '{entry.Name}' begins at byte {entry.Begin}; expected {position}");
            }
            position = entry.End;
        }
        if (position != dataLength)
        {
            throw Broken(path, $"broken: its header describes {position} bytes of elements, the file has {dataLength}");
        }
    }

    private static Entry ParseEntry(string path, JsonProperty property)
    {
        string typeName = property.Value.GetProperty("dtype").GetString() ?? "";
        if (!typesByName.TryGetValue(typeName, out torch.ScalarType type))
        {
            throw Broken(
                path,
                $"broken: the element type of '{property.Name}' is '{typeName}'; expected one of {string.Join(", ", typesByName.Keys)}"
            );
        }
        long[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64())];
        long[] offsets =
        [
            .. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64()),
        ];
        if (
            offsets.Length != 2
            || offsets[0] < 0
            || offsets[1] < offsets[0]
            || offsets[1] - offsets[0] > Array.MaxLength
            || shape.Any(side => side < 0)
        )
        {
            throw Broken(path, $"broken: shape or offsets of '{property.Name}' are impossible");
        }
        UInt128 bytes = (UInt128)ops.SizeOf(type);
        foreach (long side in shape)
        {
            // Sides are checked against what the file can hold at every factor, so that the product cannot run over.
            bytes *= (ulong)side;
            if (bytes > ulong.MaxValue)
            {
                throw Broken(path, $"broken: shape or offsets of '{property.Name}' are impossible");
            }
        }
        return bytes == (ulong)(offsets[1] - offsets[0])
            ? new Entry(property.Name, type, shape, offsets[0], offsets[1])
            : throw Broken(path, $"broken: '{property.Name}' needs {bytes} bytes and has {offsets[1] - offsets[0]}");
    }

    private static void Write(Stream stream, TensorFile content)
    {
        Dictionary<string, object> described = new(StringComparer.Ordinal) { [MetadataKey] = content.Metadata };
        long position = 0;
        foreach ((string name, StoredTensor tensor) in content.Tensors)
        {
            long start = position;
            position += tensor.Data.Length;
            described[name] = new
            {
                dtype = typesByName.First(pair => pair.Value == tensor.Type).Key,
                shape = tensor.Shape,
                data_offsets = (long[])[start, position],
            };
        }
        using MemoryStream header = new();
        JsonSerializer.Serialize(header, described);
        // The format lets the header end in spaces: elements then begin at a multiple of eight.
        while (header.Length % LengthBytes != 0)
        {
            header.WriteByte((byte)' ');
        }
        Span<byte> prefix = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
        foreach (StoredTensor tensor in content.Tensors.Values)
        {
            stream.Write(tensor.Data.Span);
        }
    }

    private static RunException Broken(string path, string how) => new($"{path} is {how}.");

    private sealed record Entry(string Name, torch.ScalarType Type, long[] Shape, long Begin, long End);
}

/// <summary>What a file of tensors holds.</summary>
/// <param name="Tensors">By name, in the file's order.</param>
/// <param name="Metadata">Texts by key.</param>
public sealed record TensorFile(
    IReadOnlyDictionary<string, StoredTensor> Tensors,
    IReadOnlyDictionary<string, string> Metadata
)
{
    /// <summary>What else is beside the tensors, key by key, for a sentence that refuses them; empty where there is nothing.</summary>
    public string Contents { get; init; } = "";

    /// <summary>Sentences about which of the file's tensors these are.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
