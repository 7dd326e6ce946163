using System.Runtime.InteropServices;
using DynamicRcnn.Runs;

namespace DynamicRcnn.Weights;

/// <summary>
/// The ResNet of a Caffe2 or Detectron pickle under torchvision's names. Both flavours become a batch norm without epsilon, as the official profile
/// has it: a scale and a shift get mean 0 and variance 1, stored statistics get Caffe2's epsilon added to the variance.
/// </summary>
public static class CaffeBackbone
{
    private const string Marker = "res2_0_branch2a_w";
    private const float Epsilon = 1e-5f;

    private static readonly (string Theirs, string Ours)[] branches =
    [
        ("branch1", "downsample.0 downsample.1"),
        ("branch2a", "conv1 bn1"),
        ("branch2b", "conv2 bn2"),
        ("branch2c", "conv3 bn3"),
    ];

    private static readonly (string Theirs, string Ours)[] normParts =
    [
        ("s", "weight"),
        ("gamma", "weight"),
        ("b", "bias"),
        ("beta", "bias"),
        ("running_mean", "running_mean"),
        ("rm", "running_mean"),
        ("running_var", "running_var"),
        ("riv", "running_var"),
    ];

    /// <summary>Whether a file has these names.</summary>
    public static bool IsIn(TensorFile file) => file.Tensors.ContainsKey(Marker);

    /// <summary>The file with torchvision's names; tensors of other parts keep theirs.</summary>
    /// <param name="path">For sentences.</param>
    /// <param name="file">Its names are Caffe2's.</param>
    /// <exception cref="RunException">A tensor is there under two names, or a variance is of no type that weights have.</exception>
    public static TensorFile Renamed(string path, TensorFile file)
    {
        Dictionary<string, StoredTensor> tensors = [];
        foreach ((string name, StoredTensor tensor) in file.Tensors)
        {
            string ours = OursOf(name) ?? name;
            StoredTensor stored = ours.EndsWith(".running_var", StringComparison.Ordinal)
                ? WithEpsilon(path, name, tensor)
                : tensor;
            if (!tensors.TryAdd(ours, stored))
            {
                throw new RunException($"{path}: the tensor '{ours}' is there under two names; expected it once.");
            }
        }
        foreach (
            string weight in tensors.Keys.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).ToArray()
        )
        {
            string norm = weight[..^".weight".Length];
            // A vector with a bias is a norm's scale; both statistics are missing where they were folded into it.
            if (
                tensors[weight].Shape is [long channels]
                && tensors.ContainsKey($"{norm}.bias")
                && !tensors.ContainsKey($"{norm}.running_mean")
                && !tensors.ContainsKey($"{norm}.running_var")
            )
            {
                tensors[$"{norm}.running_mean"] = Filled(channels, 0);
                tensors[$"{norm}.running_var"] = Filled(channels, 1);
            }
        }
        return file with { Tensors = tensors };
    }

    /// <summary>torchvision's name of a tensor; null when a ResNet has none for it.</summary>
    public static string? OursOf(string name)
    {
        string[] parts = name.Split('_', 4);
        return parts switch
        {
            ["conv1", "w"] => "conv1.weight",
            ["res", "conv1", "bn", var part] => Norm("bn1", part),
            [['r', 'e', 's', >= '2' and <= '5'], var block, var branch, var rest] when block.All(char.IsAsciiDigit) =>
                Block($"layer{parts[0][^1] - '1'}.{block}", branch, rest),
            _ => null,
        };
    }

    private static string? Block(string block, string branch, string rest)
    {
        string? ours = branches.FirstOrDefault(entry => entry.Theirs == branch).Ours;
        return ours?.Split(' ') is not [var convolution, var norm] ? null
            : rest == "w" ? $"{block}.{convolution}.weight"
            : rest.StartsWith("bn_", StringComparison.Ordinal) ? Norm($"{block}.{norm}", rest["bn_".Length..])
            : null;
    }

    private static string? Norm(string norm, string part) =>
        normParts.FirstOrDefault(entry => entry.Theirs == part).Ours is { } ours ? $"{norm}.{ours}" : null;

    private static StoredTensor WithEpsilon(string path, string name, StoredTensor variance)
    {
        if (variance.Type != torch.ScalarType.Float32)
        {
            throw new RunException($"{path}: '{FileText.Shown(name)}' is {variance.Type}; expected Float32.");
        }
        float[] values = [.. MemoryMarshal.Cast<byte, float>(variance.Data.Span)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] += Epsilon;
        }
        return variance with { Data = MemoryMarshal.AsBytes<float>(values).ToArray() };
    }

    private static StoredTensor Filled(long count, float value)
    {
        float[] values = new float[count];
        Array.Fill(values, value);
        return new StoredTensor(torch.ScalarType.Float32, [count], MemoryMarshal.AsBytes<float>(values).ToArray());
    }
}
