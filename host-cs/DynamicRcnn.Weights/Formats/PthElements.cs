using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Finds tensors' elements in their storages. What has to be copied has a cap, so that a small file cannot take much memory.</summary>
/// <param name="path">For sentences.</param>
/// <param name="fileBytes">How long the file is.</param>
/// <param name="storageOf">The bytes of a storage by its key; null when there is none.</param>
internal sealed class PthElements(string path, long fileBytes, Func<string, ReadOnlyMemory<byte>?> storageOf)
{
    /// <summary>Views that are no run of elements are copied; all copies together stay below so many times the file.</summary>
    private const long MostCopies = 8;

    private long copyBytesLeft = MostCopies * fileBytes;

    /// <summary>A tensor's elements in row-major order.</summary>
    /// <exception cref="RunException">Its storage is missing or shorter than declared, or the view leaves it.</exception>
    public StoredTensor Tensor(string name, PthTensor tensor)
    {
        ReadOnlyMemory<byte> storage =
            storageOf(tensor.Storage.Key)
            ?? throw new RunException($"{path}: the elements of '{FileText.Shown(name)}' are missing from the file.");
        return Tensor(name, tensor, storage);
    }

    /// <summary>The same, from a storage at hand.</summary>
    /// <exception cref="RunException">The storage is shorter than declared, or the view leaves it.</exception>
    public StoredTensor Tensor(string name, PthTensor tensor, ReadOnlyMemory<byte> storage)
    {
        int size = ops.SizeOf(tensor.Storage.Type);
        if (tensor.Storage.Count < 0 || tensor.Storage.Count > storage.Length / size)
        {
            throw new RunException(
                $"{path}: the storage of '{FileText.Shown(name)}' is declared as {tensor.Storage.Count} elements of {size} bytes and has {storage.Length} bytes."
            );
        }
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
}
