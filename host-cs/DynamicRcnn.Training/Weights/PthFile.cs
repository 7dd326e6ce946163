using System.IO.Compression;

namespace DynamicRcnn.Training.Weights;

/// <summary>
/// Reads the zip-format <c>.pth</c> that torch.save writes (PyTorch 1.6 or later), without Python and without running anything of it: see
/// <see cref="PickleReader"/>. The file holds a state dict, or a dictionary with one under <c>state_dict</c> or <c>model</c>.
/// </summary>
public static class PthFile
{
    private const string ModulePrefix = "module.";

    private static readonly string[] wrappers = ["state_dict", "model"];

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
            Dictionary<string, PthTensor> tensors = StateDict(path, PickleReader.Read(path, archive.Pickle()));
            return new TensorFile(
                tensors.ToDictionary(pair => pair.Key, pair => archive.Tensor(pair.Key, pair.Value)),
                new Dictionary<string, string>()
            );
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

    private static Dictionary<string, PthTensor> StateDict(string path, object? root)
    {
        Dictionary<object, object?>? dictionary = root as Dictionary<object, object?>;
        dictionary =
            wrappers
                .Select(wrapper => dictionary?.GetValueOrDefault(wrapper))
                .OfType<Dictionary<object, object?>>()
                .FirstOrDefault()
            ?? dictionary;
        Dictionary<string, PthTensor> tensors = [];
        foreach ((object key, object? value) in dictionary ?? [])
        {
            if (key is string name && value is PthTensor tensor)
            {
                tensors.Add(name, tensor);
            }
        }
        if (tensors.Count == 0)
        {
            throw new RunException(
                $"{path}: no state dict is in it; expected tensors by name, alone or under {string.Join(" or ", wrappers)}."
            );
        }
        return tensors.Keys.All(name => name.StartsWith(ModulePrefix, StringComparison.Ordinal))
            ? tensors.ToDictionary(pair => pair.Key[ModulePrefix.Length..], pair => pair.Value)
            : tensors;
    }
}
