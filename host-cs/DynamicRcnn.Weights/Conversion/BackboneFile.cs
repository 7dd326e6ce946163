using System.Text.RegularExpressions;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A ResNet alone, with torchvision's names, whatever names the file had; a part of one is enough.</summary>
public sealed partial class BackboneFile
{
    private const string Own = "backbone.";
    private const string BatchCounter = NameTables.BatchCounter;

    private readonly Dictionary<string, StoredTensor> kept;

    private BackboneFile(string path, TensorFile file, bool isCaffe)
    {
        (TensorFile unprefixed, string prefix, IReadOnlyList<string> outside) = NamePrefix.Without(
            path,
            file,
            IsOfResNet
        );
        IsCaffe = isCaffe;
        Notes = file.Notes;
        Prefix = prefix;
        kept = unprefixed.Tensors.Where(pair => IsOfResNet(pair.Key)).ToDictionary();
        Dictionary<string, StoredTensor> own = kept.Where(pair => !IsBeside(pair.Key))
            .ToDictionary(pair => Own + pair.Key, pair => pair.Value);
        Inventory = WeightInventory.Of(
            StructureGuess.Of(path, own).Backbone(),
            own,
            [.. unprefixed.Tensors.Keys.Where(name => !IsOfResNet(name)).Select(name => prefix + name), .. outside],
            kept.Keys.Where(IsBeside),
            name => prefix + name[Own.Length..]
        );
    }

    /// <summary>Caffe2's names: its batch norms are for an epsilon of 0 now.</summary>
    public bool IsCaffe { get; }

    /// <summary>Sentences about which of the file's tensors these are.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>What was dropped before the model's names.</summary>
    public string Prefix { get; }

    /// <summary>What it has and lacks. Unknown tensors are left out of what is written, the classifier and the counters of batches are not.</summary>
    public WeightInventory Inventory { get; }

    /// <summary>The backbone in a file; null when it holds none.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="RunException">Two of its tensors are the same tensor of a backbone.</exception>
    public static BackboneFile? TryOf(string path, TensorFile file)
    {
        bool isCaffe = CaffeBackbone.IsIn(file);
        BackboneFile backbone = new(path, ResNetNames.Of(path, file), isCaffe);
        return backbone.Inventory.Found.Count > 0 ? backbone : null;
    }

    /// <summary>Writes it; <c>.pth</c> or safetensors by the path's extension.</summary>
    /// <returns>How many tensors it has.</returns>
    /// <exception cref="RunException">The file cannot be written.</exception>
    public int Write(string path)
    {
        WeightOutput.Write(path, new TensorFile(kept, new Dictionary<string, string>()), PthForm.StateDict);
        return kept.Count;
    }

    private static bool IsOfResNet(string name) => ResNetName().IsMatch(name);

    private static bool IsBeside(string name) =>
        name.StartsWith("fc.", StringComparison.Ordinal) || name.EndsWith(BatchCounter, StringComparison.Ordinal);

    [GeneratedRegex(
        @"^((conv1|bn1|layer[1-4]\.\d{1,3}\.(conv[123]|bn[123]|downsample\.[01]))\.(weight|bias|running_mean|running_var|num_batches_tracked)|fc\.(weight|bias))$"
    )]
    private static partial Regex ResNetName();
}
