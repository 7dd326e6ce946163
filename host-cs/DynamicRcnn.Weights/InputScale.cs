using System.Globalization;
using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Weights;

/// <summary>
/// Whether weights expect images as the configuration makes them: on caffe's scale (0 to 255, minus a mean) or torchvision's (divided by the standard
/// deviation too). Both load alike, and with the wrong ones a detector learns, but badly.
/// </summary>
/// <remarks>
/// The first convolution and its norm bring an image to numbers around one. So the factor they multiply with tells the scale of the images that they
/// were trained with: on average over the channels 0.022 in caffe's ResNet-50; a deviation of 58 makes it so many times as large.
/// </remarks>
internal static class InputScale
{
    /// <summary>More than four times caffe's factor, and less than a tenth of the same network's on torchvision's scale.</summary>
    private const double Border = 0.1;

    /// <summary>A configuration with a deviation below this one leaves images on the scale of 0 to 255.</summary>
    private const double SmallestDeviation = 10;
    private const string Variant = "variant";
    private const double Epsilon = 1e-5;

    private static readonly string[] stem =
    [
        "conv1.weight",
        "bn1.weight",
        "bn1.bias",
        "bn1.running_mean",
        "bn1.running_var",
    ];

    private static readonly string[] caffeSets =
    [
        "channels=Bgr",
        "mean=103.939,116.779,123.68",
        "std=1,1,1",
        "strideIn1x1=true",
    ];

    private static readonly string[] torchvisionSets =
    [
        "channels=Rgb",
        "mean=123.675,116.28,103.53",
        "std=58.395,57.12,57.375",
        "strideIn1x1=false",
    ];

    /// <summary>A warning where they do not fit; nothing where they do, or where the first layer is untrained or not the file's.</summary>
    /// <param name="detector">Filled.</param>
    /// <param name="path">The file.</param>
    /// <param name="file">What else it says: a text under <c>variant</c> counts more than the numbers.</param>
    /// <param name="loaded">Tensors of the detector that were filled.</param>
    public static string[] Notes(Detector detector, string path, TensorFile file, IReadOnlyList<string> loaded)
    {
        if (!stem.All(name => loaded.Contains($"backbone.{name}")) || Factor(detector) is not { } factor)
        {
            return [];
        }
        BackboneConfig config = detector.Config.Backbone;
        string variant = file.Metadata.GetValueOrDefault(Variant, "");
        bool caffe =
            variant.Contains("caffe", StringComparison.OrdinalIgnoreCase)
            || (!variant.Contains("torch", StringComparison.OrdinalIgnoreCase) && factor < Border);
        if (caffe == config.Std.Average() < SmallestDeviation)
        {
            return [];
        }
        string looks = string.Create(
            CultureInfo.InvariantCulture,
            $"warning: {Path.GetFileName(path)} looks like {Whose(caffe)} ResNet-{config.Depth} (its first layer multiplies by {factor:G2}, as for images "
        );
        return
        [
            looks
                + (caffe ? "of 0 to 255)" : "divided by their deviation)")
                + $", but the configuration makes images as {Whose(!caffe)} weights expect them: AP will suffer; take such weights (docs/checkpoints.md), or give "
                + string.Join(' ', (caffe ? caffeSets : torchvisionSets).Select(set => $"--set model.backbone.{set}")),
        ];
    }

    private static string Whose(bool caffe) => caffe ? "caffe's" : "torchvision's";

    /// <summary>The mean over the channels; null where the norm is as it was made, so that nothing was trained.</summary>
    private static double? Factor(Detector detector)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable unrecorded = torch.no_grad();
        Dictionary<string, torch.Tensor> own = detector.state_dict();
        float[] kernel = Values(stem[0]);
        float[] scale = Values(stem[1]);
        float[] variance = Values(stem[4]);
        if (scale.Concat(variance).All(value => value == 1))
        {
            return null;
        }
        int taps = kernel.Length / scale.Length;
        return scale
            .Select(
                (value, channel) =>
                    Math.Abs(value)
                    / Math.Sqrt(variance[channel] + Epsilon)
                    * Math.Sqrt(kernel.Skip(channel * taps).Take(taps).Sum(tap => (double)tap * tap))
            )
            .Average();

        float[] Values(string name) => ops.to_array<float>(own[$"backbone.{name}"]);
    }
}
