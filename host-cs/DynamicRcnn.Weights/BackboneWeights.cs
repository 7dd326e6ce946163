using DynamicRcnn.Model;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>Fills a detector's backbone from a file with torchvision's, Caffe2's or Detectron2's ResNet names; the file may hold a part of it.</summary>
public static class BackboneWeights
{
    private const string Prefix = "backbone.";
    private const string FixedStatistic = ".running_var";

    /// <param name="detector">Its backbone is filled in place.</param>
    /// <param name="path">A file of any format that <see cref="WeightFile"/> reads.</param>
    /// <exception cref="RunException">The file cannot be read, or nothing in it fits.</exception>
    public static WeightReport Load(Detector detector, string path) => Load(detector, path, WeightFile.Read(path));

    internal static WeightReport Load(Detector detector, string path, TensorFile file)
    {
        TensorFile given = file;
        Dictionary<string, torch.Tensor> tensors = detector.state_dict();
        (file, string prefix, IReadOnlyList<string> outside) = NamePrefix.Without(
            path,
            ResNetNames.Of(path, file),
            name => tensors.ContainsKey(Prefix + name)
        );
        Dictionary<string, StoredTensor> fitting = [];
        List<FreshTensor> fresh = [];
        HashSet<string> ignored = [.. file.Tensors.Keys];
        foreach ((string name, torch.Tensor own) in tensors)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }
            ignored.Remove(name[Prefix.Length..]);
            StoredTensor? stored = file.Tensors.GetValueOrDefault(name[Prefix.Length..]);
            if (stored is not null && stored.Shape.SequenceEqual(own.shape))
            {
                RequireNumbers(path, name, stored);
                fitting.Add(name, stored);
            }
            else
            {
                string reason = stored is null ? "the file lacks them" : "their shapes in the file differ";
                fresh.Add(new FreshTensor(name, reason));
            }
        }
        if (fitting.Count == 0)
        {
            throw new RunException(
                $"{path}: no tensor fits the backbone; expected torchvision's names such as layer1.0.conv1.weight, but {WeightProblems.Found(given)}."
            );
        }
        foreach ((string name, StoredTensor stored) in fitting)
        {
            stored.CopyTo(tensors[name]);
        }
        return new WeightReport(
            "the backbone",
            [.. fitting.Keys],
            fresh,
            [.. file.Tensors.Keys.Where(ignored.Contains), .. outside],
            [.. Notes(fresh), .. NamePrefix.Notes(prefix)]
        );
    }

    private static void RequireNumbers(string path, string name, StoredTensor stored)
    {
        if (WeightValues.Problem(name, stored) is { } problem)
        {
            throw new RunException($"{path}: '{FileText.Shown(name[Prefix.Length..])}' {problem}.");
        }
    }

    private static string[] Notes(List<FreshTensor> fresh) =>
        fresh.Any(tensor => tensor.Name.EndsWith(FixedStatistic, StringComparison.Ordinal))
            ?
            [
                "warning: layers start from scratch behind a batch norm whose statistics stay fixed; "
                    + "leave them out with model.backbone.lastStage, or choose model.backbone.norm=GroupNorm",
            ]
            : [];
}
