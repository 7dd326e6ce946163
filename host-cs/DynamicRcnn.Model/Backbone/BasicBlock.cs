using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The residual block of ResNet-18 and -34: two 3x3 convolutions, the stride in the first.</summary>
internal sealed class BasicBlock : ResidualBlock
{
    private readonly long stride;
    private readonly Conv2d conv1;
    private readonly Module<Tensor, Tensor> bn1;
    private readonly Conv2d conv2;
    private readonly Module<Tensor, Tensor> bn2;
    private readonly Downsample? downsample;

    public BasicBlock(BackboneConfig config, long inChannels, long channels, long stride)
        : base(nameof(BasicBlock))
    {
        this.stride = stride;
        conv1 = NormalisedConvolution.Convolution(inChannels, channels, kernel: 3, stride);
        bn1 = NormalisedConvolution.Norm(config, channels);
        conv2 = NormalisedConvolution.Convolution(channels, channels, kernel: 3, stride: 1);
        bn2 = NormalisedConvolution.Norm(config, channels);
        if (stride != 1 || inChannels != channels)
            downsample = new Downsample(config, inChannels, channels, stride);
        RegisterComponents();
    }

    /// <inheritdoc/>
    internal override Tensor Join(Tensor input, Tensor shortcut)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor hidden = NormalisedConvolution.Apply(input, conv1, bn1, stride, relu: true);
        Tensor residual = downsample is null ? shortcut : downsample.call(shortcut);
        return scope.MoveToOuter(NormalisedConvolution.Apply(hidden, conv2, bn2, stride: 1, residual, relu: true));
    }
}
