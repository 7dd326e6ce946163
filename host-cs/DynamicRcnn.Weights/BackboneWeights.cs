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
        List<(StoredTensor Stored, torch.Tensor Own)> fitting = [];
        List<string> loaded = [];
        List<FreshTensor> fresh = [];
        HashSet<string> ignored = [.. file.Tensors.Keys];
        foreach ((string name, torch.Tensor own) in tensors)
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }
            ignored.Remove(name[Prefix.Length..]);
            if (!file.Tensors.TryGetValue(name[Prefix.Length..], out StoredTensor? stored))
            {
                fresh.Add(new FreshTensor(name, "the file lacks them"));
            }
            else if (!stored.Shape.SequenceEqual(own.shape))
            {
                fresh.Add(new FreshTensor(name, "their shapes in the file differ"));
            }
            else
            {
                fitting.Add((stored, own));
                RequireNumbers(path, name, stored);
                loaded.Add(name);
            }
        }
        if (loaded.Count == 0)
        {
            throw new RunException(
                $"{path}: no tensor fits the backbone; expected torchvision's names such as layer1.0.conv1.weight, but {WeightProblems.Found(given)}."
            );
        }
        foreach ((StoredTensor stored, torch.Tensor own) in fitting)
        {
            stored.CopyTo(own);
        }
        return new WeightReport(
            "the backbone",
            loaded,
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
