using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Detection;

/// <summary>Layers of a detector as nodes of a graph, by their names in its state dict.</summary>
/// <param name="graph">Where the nodes and the weights go.</param>
/// <param name="weights">The detector's, by name.</param>
/// <param name="backbone">The norm's kind and epsilon, and the deformable layers' groups.</param>
internal sealed class LayerGraph(OnnxGraph graph, IReadOnlyDictionary<string, Tensor> weights, BackboneConfig backbone)
{
    private const float GroupNormEpsilon = 1e-5f;

    public OnnxGraph Graph => graph;

    public bool Has(string name) => weights.ContainsKey(name);

    /// <summary>A convolution padded by half its kernel, with a bias if it has one.</summary>
    public OnnxValue Convolution(OnnxValue input, string name, long stride = 1) =>
        Convolution(
            input,
            Weight(name + ".weight"),
            Has(name + ".bias") ? Weight(name + ".bias") : null,
            weights[name + ".weight"].shape[2],
            stride
        );

    /// <summary>A convolution of the backbone, plain or deformable, with its norm. A norm of fixed statistics becomes part of the convolution.</summary>
    public OnnxValue Normalised(OnnxValue input, string convolution, string norm, long stride)
    {
        string weight = convolution + ".weight";
        long kernel = weights[weight].shape[2];
        bool isDeformable = Has(convolution + ".conv_offset.weight");
        if (backbone.Norm.IsGroupNorm)
        {
            OnnxValue output = isDeformable
                ? Deformable(input, convolution, Weight(weight), null, stride)
                : Convolution(input, convolution, stride);
            return GroupNorm(output, norm);
        }
        OnnxValue folded = Folded(weight, convolution, (scale, _) => weights[weight] * scale.view(-1, 1, 1, 1));
        OnnxValue bias = Folded(norm + ".bias", convolution + ".bias", (_, shift) => shift);
        return isDeformable
            ? Deformable(input, convolution, folded, bias, stride)
            : Convolution(input, folded, bias, kernel, stride);

        OnnxValue Folded(string of, string name, Func<Tensor, Tensor, Tensor> value) =>
            graph.Weight(
                name,
                weights[of].shape,
                () =>
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    Tensor scale =
                        weights[norm + ".weight"] / (weights[norm + ".running_var"] + backbone.NormEpsilon).sqrt();
                    Tensor shift = weights[norm + ".bias"] - weights[norm + ".running_mean"] * scale;
                    return ops.to_array<float>(value(scale, shift));
                }
            );
    }

    public OnnxValue GroupNorm(OnnxValue input, string name) =>
        graph.Node(
            "GroupNormalization",
            OnnxType.Float,
            [input, Weight(name + ".weight"), Weight(name + ".bias")],
            OnnxAttribute.Of("num_groups", NormalisedConvolution.GroupCount(weights[name + ".weight"].shape[0])),
            OnnxAttribute.Of("epsilon", GroupNormEpsilon)
        );

    /// <param name="input">[R, inputs].</param>
    /// <param name="name">Of the layer.</param>
    /// <returns>[R, outputs].</returns>
    public OnnxValue Linear(OnnxValue input, string name) =>
        graph.Node(
            "Gemm",
            OnnxType.Float,
            [input, Weight(name + ".weight"), Weight(name + ".bias")],
            OnnxAttribute.Of("transB", 1)
        );

    public OnnxValue MaxPool(OnnxValue input, long kernel) =>
        graph.Node(
            "MaxPool",
            OnnxType.Float,
            [input],
            OnnxAttribute.Of("kernel_shape", [kernel, kernel]),
            OnnxAttribute.Of("strides", [2, 2]),
            Padding(kernel)
        );

    private OnnxValue Convolution(OnnxValue input, OnnxValue weight, OnnxValue? bias, long kernel, long stride) =>
        graph.Node("Conv", OnnxType.Float, [input, weight, bias], Window(kernel, stride));

    private OnnxValue Deformable(OnnxValue input, string name, OnnxValue weight, OnnxValue? bias, long stride)
    {
        const long Kernel = 3;
        long taps = Kernel * Kernel * backbone.OffsetGroups;
        OnnxValue fields = Convolution(input, name + ".conv_offset", stride);
        OnnxValue offset = fields.Slice(0, 2 * taps, 1);
        OnnxValue mask = fields.Slice(2 * taps, 3 * taps, 1).Sigmoid();
        return graph.Node(
            "DeformConv",
            OnnxType.Float,
            [input, weight, offset, bias, mask],
            [.. Window(Kernel, stride), OnnxAttribute.Of("offset_group", backbone.OffsetGroups)]
        );
    }

    private OnnxValue Weight(string name) =>
        graph.Weight(name, weights[name].shape, () => ops.to_array<float>(weights[name]));

    private static byte[][] Window(long kernel, long stride) =>
        [
            OnnxAttribute.Of("kernel_shape", [kernel, kernel]),
            OnnxAttribute.Of("strides", [stride, stride]),
            Padding(kernel),
        ];

    private static byte[] Padding(long kernel) =>
        OnnxAttribute.Of("pads", [kernel / 2, kernel / 2, kernel / 2, kernel / 2]);
}
