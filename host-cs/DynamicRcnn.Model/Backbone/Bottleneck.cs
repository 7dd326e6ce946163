using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The residual block of ResNet-50 and deeper: 1x1, 3x3, 1x1; the stride sits in the first (caffe) or in the 3x3, which may be deformable.</summary>
internal sealed class Bottleneck : ResidualBlock
{
    /// <summary>Output channels per channel of the 3x3.</summary>
    public const long Expansion = 4;

    private readonly long stride1x1;
    private readonly long stride3x3;
    private readonly Conv2d conv1;
    private readonly Module<Tensor, Tensor> bn1;
    private readonly Module<Tensor, Tensor> conv2;
    private readonly Module<Tensor, Tensor> bn2;
    private readonly Conv2d conv3;
    private readonly Module<Tensor, Tensor> bn3;
    private readonly Downsample? downsample;

    public Bottleneck(BackboneConfig config, long inChannels, long channels, long stride, bool deformable = false)
        : base(nameof(Bottleneck))
    {
        (stride1x1, stride3x3) = config.StrideIn1x1 ? (stride, 1L) : (1L, stride);
        long outChannels = channels * Expansion;
        conv1 = NormalisedConvolution.Convolution(inChannels, channels, kernel: 1, stride1x1);
        bn1 = NormalisedConvolution.Norm(config, channels);
        conv2 = deformable
            ? new DeformableConvolution(config, channels, stride3x3)
            : NormalisedConvolution.Convolution(channels, channels, kernel: 3, stride3x3);
        bn2 = NormalisedConvolution.Norm(config, channels);
        conv3 = NormalisedConvolution.Convolution(channels, outChannels, kernel: 1, stride: 1);
        bn3 = NormalisedConvolution.Norm(config, outChannels);
        if (stride != 1 || inChannels != outChannels)
            downsample = new Downsample(config, inChannels, outChannels, stride);
        RegisterComponents();
    }

    /// <inheritdoc/>
    internal override Tensor Join(Tensor input, Tensor shortcut)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor reduced = NormalisedConvolution.Apply(input, conv1, bn1, stride1x1, relu: true);
        Tensor hidden = NormalisedConvolution.Apply(reduced, conv2, bn2, stride3x3, relu: true);
        Tensor residual = downsample is null ? shortcut : downsample.call(shortcut);
        return scope.MoveToOuter(NormalisedConvolution.Apply(hidden, conv3, bn3, stride: 1, residual, relu: true));
    }
}
