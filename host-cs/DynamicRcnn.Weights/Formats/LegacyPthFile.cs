using System.Buffers.Binary;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// Reads the <c>.pth</c> that torch.save wrote before PyTorch 1.6: five pickles one after another (magic number, version, kind of machine, the
/// object, keys of the storages), then for each key the count and the elements. Nothing of it is run: see <see cref="PickleReader"/>.
/// </summary>
internal static class LegacyPthFile
{
    private const long Version = 1001;

    // The pickle of the magic number, as every protocol-2 writer spells it.
    private static ReadOnlySpan<byte> Magic =>
        [0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether a file is of this format, by its first bytes.</summary>
    public static bool Begins(ReadOnlySpan<byte> start) => start.StartsWith(Magic[..8]);

    /// <summary>All tensors of the state dict: see <see cref="PthFile.Read"/>.</summary>
    /// <exception cref="RunException">The file cannot be read, is no state dict, or asks for anything but that.</exception>
    public static TensorFile Read(string path)
    {
        ReadOnlyMemory<byte> file = WholeFile.Read(path);
        if (!file.Span.StartsWith(Magic))
        {
            throw Broken(path, "the magic number is cut off or another one");
        }
        ReadOnlyMemory<byte> rest = file[Magic.Length..];
        if (Next(path, ref rest).Value is not Version)
        {
            throw Broken(path, $"the version is not {Version}");
        }
        if (
            Next(path, ref rest).Value is Dictionary<object, object?> machine
            && machine.GetValueOrDefault("little_endian") is false
        )
        {
            throw new RunException($"{path}: the elements are not little-endian; save the file on such a machine.");
        }
        (object? root, IReadOnlyDictionary<string, PthStorage> declared) = Next(path, ref rest);
        if (Next(path, ref rest).Value is not List<object?> keys)
        {
            throw Broken(path, "the list of storages is missing");
        }
        Dictionary<string, ReadOnlyMemory<byte>> storages = Storages(path, keys, declared, rest);
        PthElements elements = new(
            path,
            file.Length,
            key => storages.TryGetValue(key, out ReadOnlyMemory<byte> bytes) ? bytes : default(ReadOnlyMemory<byte>?)
        );
        return StateDict.Read(path, root, elements);
    }

    private static (object? Value, IReadOnlyDictionary<string, PthStorage> Storages) Next(
        string path,
        ref ReadOnlyMemory<byte> rest
    )
    {
        PickleReader reader = new(path, rest);
        object? value = reader.Read();
        rest = rest[reader.Position..];
        return (value, reader.Storages);
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Storages(
        string path,
        List<object?> keys,
        IReadOnlyDictionary<string, PthStorage> declared,
        ReadOnlyMemory<byte> rest
    )
    {
        Dictionary<string, ReadOnlyMemory<byte>> storages = [];
        foreach (object? entry in keys)
        {
            if (PickleCalls.TextOf(entry) is not { } key || !declared.TryGetValue(key, out PthStorage? storage))
            {
                throw Broken(path, "it lists a storage that no tensor has");
            }
            if (rest.Length < sizeof(long))
            {
                throw Broken(path, "it is cut off");
            }
            long count = BinaryPrimitives.ReadInt64LittleEndian(rest.Span);
            rest = rest[sizeof(long)..];
            int size = ops.SizeOf(storage.Type);
            if (count != storage.Count || count < 0 || count > rest.Length / size)
            {
                throw Broken(path, $"a storage of {storage.Count} elements has {count}, or is cut off");
            }
            int bytes = (int)count * size;
            if (!storages.TryAdd(key, rest[..bytes]))
            {
                throw Broken(path, "it lists a storage twice");
            }
            rest = rest[bytes..];
        }
        return storages;
    }

    private static RunException Broken(string path, string how) =>
        new($"{path}: the .pth from before PyTorch 1.6 is broken: {how}.");
}
