using System.IO.Compression;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Where a <c>.pth</c> keeps its state dict.</summary>
public enum PthForm
{
    /// <summary>It is the state dict, as torchvision's are; there is no place for class names.</summary>
    StateDict,

    /// <summary>Under <c>model</c>, as the authors' code has it.</summary>
    UnderModel,

    /// <summary>Under <c>state_dict</c>, as MMDetection has it.</summary>
    UnderStateDict,
}

/// <summary>
/// Reads the zip-format <c>.pth</c> that torch.save writes (PyTorch 1.6 or later), without Python and without running anything of it: see
/// <see cref="PickleReader"/>; and writes one. The file holds a state dict, or a dictionary with one under whatever key: see <see cref="StateDictSearch"/>.
/// </summary>
public static class PthFile
{
    private const string Root = "archive/";

    /// <summary>
    /// All tensors of the state dict, row-major, under their names; the <c>module.</c> that parallel training puts before each is dropped. Entries
    /// that are no tensors are left out. The metadata are the classes of MMDetection's <c>meta</c>, where there are any.
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

    /// <summary>
    /// Writes a file that <c>torch.load(..., weights_only=True)</c> reads, each tensor with a storage of its own and every bit kept. What was at the
    /// path stays until the whole new file is there.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">The tensors in their order; of the metadata the classes are written, where the form has a place for them.</param>
    /// <param name="form">Where the state dict is.</param>
    /// <exception cref="RunException">The disk is full or the folder cannot be written; what was there before is untouched.</exception>
    public static void Write(string path, TensorFile content, PthForm form)
    {
        try
        {
            AtomicFile.Write(path, stream => Write(stream, content, form));
        }
        catch (IOException error)
        {
            throw new RunException(error.Message, error, RunFault.Run);
        }
    }

    private static void Write(Stream stream, TensorFile content, PthForm form)
    {
        PickleWriter pickle = new();
        if (form == PthForm.StateDict)
        {
            StateDict(pickle);
        }
        else
        {
            pickle.Dictionary(root =>
            {
                Meta(root.Text(ClassNameText.Meta), ClassNameText.Read(content));
                StateDict(root.Text(form == PthForm.UnderModel ? "model" : "state_dict"));
            });
        }
        StoredZip zip = new(stream);
        zip.Add(Root + "data.pkl", pickle.End());
        zip.Add(Root + "byteorder", "little"u8);
        int key = 0;
        foreach (StoredTensor tensor in content.Tensors.Values)
        {
            zip.Add($"{Root}data/{key++}", tensor.Data.Span);
        }
        zip.Add(Root + "version", "3\n"u8);
        zip.End();

        void StateDict(PickleWriter writer) =>
            writer.OrderedDictionary(items =>
            {
                int storage = 0;
                foreach ((string name, StoredTensor tensor) in content.Tensors)
                {
                    items.Text(name).Tensor(tensor, $"{storage++}");
                }
            });
    }

    // MMDetection 1 and 2 look for the first, 3 for the second.
    private static void Meta(PickleWriter pickle, IReadOnlyList<string>? classes) =>
        pickle.Dictionary(meta =>
        {
            if (classes is not null)
            {
                meta.Text(ClassNameText.Key).Texts(classes);
                meta.Text(ClassNameText.DatasetMeta)
                    .Dictionary(dataset => dataset.Text(ClassNameText.LowerKey).Texts(classes));
            }
        });
}
