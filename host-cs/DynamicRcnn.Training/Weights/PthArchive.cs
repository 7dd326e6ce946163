using System.IO.Compression;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Weights;

/// <summary>
/// The zip that a <c>.pth</c> is: one folder with the pickle and an entry of elements for each storage. No more memory is taken for entries than
/// the file is long, whatever its directory says: torch.save compresses nothing, so a compressed entry is refused.
/// </summary>
internal sealed class PthArchive
{
    private const string PickleName = "data.pkl";
    private const long LargestPickle = 1 << 24;

    /// <summary>Views that are no run of elements are copied; all copies together stay below so many times the file.</summary>
    private const long MostCopies = 8;

    private readonly string path;
    private readonly ZipArchive zip;
    private readonly string root;
    private readonly Dictionary<string, ReadOnlyMemory<byte>> storages = [];
    private long entryBytesLeft;
    private long copyBytesLeft;

    /// <param name="path">For sentences.</param>
    /// <param name="zip">The archive.</param>
    /// <param name="fileBytes">How long the file is.</param>
    /// <exception cref="RunException">It holds no pickle, or a big-endian machine wrote it.</exception>
    public PthArchive(string path, ZipArchive zip, long fileBytes)
    {
        this.path = path;
        this.zip = zip;
        entryBytesLeft = fileBytes;
        copyBytesLeft = MostCopies * fileBytes;
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

    /// <summary>A tensor's elements in row-major order.</summary>
    /// <exception cref="RunException">Its storage is missing or shorter than declared, or the view leaves it.</exception>
    public StoredTensor Tensor(string name, PthTensor tensor)
    {
        ReadOnlyMemory<byte> storage = Storage(name, tensor.Storage);
        StridedView view =
            StridedView.TryOf(tensor)
            ?? throw new RunException(
                $"{path}: the tensor '{FileText.Shown(name)}' leaves its storage of {tensor.Storage.Count} elements or repeats some: shape [{string.Join(", ", tensor.Shape)}], strides [{string.Join(", ", tensor.Strides)}], offset {tensor.Offset}."
            );
        if (!view.IsRun)
        {
            copyBytesLeft -= view.ByteCount;
            if (copyBytesLeft < 0)
            {
                throw new RunException(
                    $"{path}: its views are more than {MostCopies} times as large as the file; clone() the tensors before they are saved."
                );
            }
        }
        return new StoredTensor(tensor.Storage.Type, tensor.Shape, view.Read(storage));
    }

    private ReadOnlyMemory<byte> Storage(string name, PthStorage storage)
    {
        if (!storages.TryGetValue(storage.Key, out ReadOnlyMemory<byte> bytes))
        {
            ZipArchiveEntry entry =
                zip.GetEntry($"{root}data/{storage.Key}")
                ?? throw new RunException(
                    $"{path}: the elements of '{FileText.Shown(name)}' are missing from the zip."
                );
            bytes = Bytes(entry);
            storages.Add(storage.Key, bytes);
        }
        int size = ops.SizeOf(storage.Type);
        return storage.Count >= 0 && storage.Count <= bytes.Length / size
            ? bytes
            : throw new RunException(
                $"{path}: the storage of '{FileText.Shown(name)}' is declared as {storage.Count} elements of {size} bytes and has {bytes.Length} bytes."
            );
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
