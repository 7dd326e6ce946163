using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The projection shortcut: 1x1 convolution and norm, registered as "0" and "1" as in torchvision.</summary>
internal sealed class Downsample : Module<Tensor, Tensor>
{
    private readonly long stride;
    private readonly Conv2d convolution;
    private readonly Module<Tensor, Tensor> norm;

    public Downsample(BackboneConfig config, long inChannels, long outChannels, long stride)
        : base(nameof(Downsample))
    {
        this.stride = stride;
        convolution = NormalisedConvolution.Convolution(inChannels, outChannels, kernel: 1, stride);
        norm = NormalisedConvolution.Norm(config, outChannels);
        register_module("0", convolution);
        register_module("1", norm);
    }

    public override Tensor forward(Tensor input) => NormalisedConvolution.Apply(input, convolution, norm, stride);
}
