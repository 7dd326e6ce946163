using System.IO.Compression;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// The zip that a <c>.pth</c> is: one folder with the pickle and an entry of elements for each storage. No more memory is taken for entries than
/// the file is long, whatever its directory says: torch.save compresses nothing, so a compressed entry is refused.
/// </summary>
internal sealed class PthArchive
{
    private const string PickleName = "data.pkl";
    private const long LargestPickle = 1 << 24;

    private readonly string path;
    private readonly ZipArchive zip;
    private readonly string root;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> storages = [];
    private long entryBytesLeft;

    /// <param name="path">For sentences.</param>
    /// <param name="zip">The archive.</param>
    /// <param name="fileBytes">How long the file is.</param>
    /// <exception cref="RunException">It holds no pickle, or a big-endian machine wrote it.</exception>
    public PthArchive(string path, ZipArchive zip, long fileBytes)
    {
        this.path = path;
        this.zip = zip;
        entryBytesLeft = fileBytes;
        root =
            zip.Entries.Select(entry => entry.FullName)
                .FirstOrDefault(name => name.Split('/') is [_, PickleName])
                ?[..^PickleName.Length]
            ?? throw new RunException($"{path}: the zip holds no {PickleName}; expected a file of torch.save.");
        if (zip.GetEntry(root + "byteorder") is { } order && !Bytes(order).AsSpan().SequenceEqual("little"u8))
        {
            throw new RunException($"{path}: the elements are not little-endian; save the file on such a machine.");
        }
    }

    /// <summary>The pickle.</summary>
    public byte[] Pickle()
    {
        ZipArchiveEntry entry = zip.GetEntry(root + PickleName)!;
        return entry.Length <= LargestPickle
            ? Bytes(entry)
            : throw new RunException(
                $"{path}: the pickle would be {entry.Length} bytes long; expected at most {LargestPickle}."
            );
    }

    /// <summary>The elements of the storage with a key; null when the zip has none.</summary>
    public ReadOnlyMemory<byte>? Storage(string key)
    {
        if (!storages.TryGetValue(key, out ReadOnlyMemory<byte> bytes))
        {
            if (zip.GetEntry($"{root}data/{key}") is not { } entry)
            {
                return null;
            }
            bytes = Bytes(entry);
            storages.Add(key, bytes);
        }
        return bytes;
    }

    private byte[] Bytes(ZipArchiveEntry entry)
    {
        entryBytesLeft -= entry.Length;
        if (entry.CompressedLength != entry.Length || entryBytesLeft < 0 || entry.Length > Array.MaxLength)
        {
            throw new RunException(
                $"{path}: the entry '{FileText.Shown(entry.FullName)}' is compressed or larger than the file; expected what torch.save writes."
            );
        }
        using Stream stream = entry.Open();
        byte[] bytes = new byte[entry.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
