using System.IO.Compression;

namespace DynamicRcnn.Training.Weights;

/// <summary>
/// Reads the zip-format <c>.pth</c> that torch.save writes (PyTorch 1.6 or later), without Python and without running anything of it: see
/// <see cref="PickleReader"/>. The file holds a state dict, or a dictionary with one under <c>state_dict</c> or <c>model</c>.
/// </summary>
public static class PthFile
{
    /// <summary>
    /// All tensors of the state dict, row-major, under their names; the <c>module.</c> that parallel training puts before each is dropped. Entries
    /// that are no tensors are left out. There is no metadata.
    /// </summary>
    /// <exception cref="RunException">The file cannot be read, is no state dict, or asks for anything but that.</exception>
    public static TensorFile Read(string path)
    {
        try
        {
            using FileStream stream = new(path, FileMode.Open, FileAccess.Read);
            using ZipArchive zip = new(stream, ZipArchiveMode.Read);
            PthArchive archive = new(path, zip, stream.Length);
            PthElements elements = new(path, stream.Length, archive.Storage);
            return StateDict.Read(path, PickleReader.Read(path, archive.Pickle()), elements);
        }
        catch (InvalidDataException error)
        {
            throw new RunException($"{path}: the zip is damaged or cut off: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{path}: the file cannot be read: {error.Message}", error);
        }
    }
}
