using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>A backbone's tensors under torchvision's names, whether they came from Caffe2, Detectron2 or torchvision.</summary>
internal static class ResNetNames
{
    private const string Own = "backbone.";
    private const string BottomUp = "backbone.bottom_up.";

    private static readonly string[] starts = ["stem.", "res2.", "res3.", "res4.", "res5."];

    /// <summary>The file with those names; tensors of other parts keep theirs.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">The file.</param>
    /// <exception cref="RunException">A tensor is there under two names.</exception>
    public static TensorFile Of(string path, TensorFile file)
    {
        if (CaffeBackbone.IsIn(file))
        {
            return CaffeBackbone.Renamed(path, file);
        }
        if (!file.Tensors.Keys.Any(name => name.EndsWith("res2.0.conv1.weight", StringComparison.Ordinal)))
        {
            return file;
        }
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((string name, StoredTensor tensor) in file.Tensors)
        {
            string ours = OfDetectron2(name);
            if (!tensors.TryAdd(ours, tensor))
            {
                throw new RunException(
                    $"{path}: the tensor '{FileText.Shown(ours)}' is there under two names; expected it once."
                );
            }
        }
        return file with { Tensors = tensors };
    }

    // model.backbone.bottom_up.res2.0.conv1.norm.weight becomes model.backbone.bottom_up.layer1.0.bn1.weight.
    private static string OfDetectron2(string name)
    {
        string marked = $".{name}";
        int start = starts.Max(word => marked.IndexOf($".{word}", StringComparison.Ordinal));
        return start >= 0 && NameTables.Detectron2.ToOurs(BottomUp + name[start..]) is { } ours
            ? name[..start] + ours[Own.Length..]
            : name;
    }
}
