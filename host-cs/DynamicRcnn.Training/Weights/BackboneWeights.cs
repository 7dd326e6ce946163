using DynamicRcnn.Model;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Training.Weights;

/// <summary>What became of each name when backbone weights were read into a detector.</summary>
/// <param name="Loaded">Tensors of the backbone that were filled.</param>
/// <param name="Missing">Tensors of the backbone that the file lacks: they start from scratch.</param>
/// <param name="Unknown">Tensors of the file that the backbone has no place for.</param>
/// <param name="WrongShape">Tensors whose shape differs; they start from scratch.</param>
public sealed record WeightReport(
    IReadOnlyList<string> Loaded,
    IReadOnlyList<string> Missing,
    IReadOnlyList<string> Unknown,
    IReadOnlyList<string> WrongShape
);

/// <summary>Fills a detector's backbone from a file with torchvision's ResNet names; the file may hold a part of it.</summary>
public static class BackboneWeights
{
    private const string Prefix = "backbone.";

    /// <param name="detector">Its backbone is filled in place.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="RunException">The file cannot be read, or nothing in it fits.</exception>
    public static WeightReport Load(Detector detector, string path)
    {
        TensorFile file = SafetensorsFile.Read(path);
        Dictionary<string, torch.Tensor> own = detector
            .state_dict()
            .Where(pair => pair.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[Prefix.Length..], pair => pair.Value);
        string[] shared = [.. own.Keys.Where(file.Tensors.ContainsKey)];
        string[] wrong = [.. shared.Where(name => !own[name].shape.SequenceEqual(file.Tensors[name].Shape))];
        string[] loaded = [.. shared.Except(wrong)];
        if (loaded.Length == 0)
        {
            throw new RunException(
                $"{path}: no tensor fits the backbone; expected torchvision's names such as layer1.0.conv1.weight."
            );
        }
        foreach (string name in loaded)
        {
            file.Tensors[name].CopyTo(own[name]);
        }
        return new WeightReport(loaded, [.. own.Keys.Except(shared)], [.. file.Tensors.Keys.Except(own.Keys)], wrong);
    }
}
