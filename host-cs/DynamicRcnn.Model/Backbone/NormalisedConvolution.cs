using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>How the backbone makes, and applies, a convolution and the norm behind it.</summary>
internal static class NormalisedConvolution
{
    private const long MaxGroups = 32;

    /// <summary>A convolution without bias, for a norm follows. He initialisation over the outputs, as torchvision's ResNet.</summary>
    public static Conv2d Convolution(long inChannels, long outChannels, long kernel, long stride)
    {
        Conv2d convolution = Conv2d(inChannels, outChannels, kernel, stride, padding: kernel / 2, bias: false);
        init.kaiming_normal_(convolution.weight!, mode: init.FanInOut.FanOut, nonlinearity: init.NonlinearityType.ReLU);
        return convolution;
    }

    /// <summary>The configured norm of so many channels. Group norm takes at least two channels a group.</summary>
    public static Module<Tensor, Tensor> Norm(BackboneConfig config, long channels) =>
        config.Norm.IsGroupNorm
            ? GroupedNorm(channels)
            : new FixedBatchNorm(channels, config.NormEpsilon, trainAffine: config.Norm.IsEvalBatchNorm);

    /// <summary>A group norm that starts as the identity behind its normalisation.</summary>
    public static Module<Tensor, Tensor> GroupedNorm(long channels)
    {
        GroupNorm norm = GroupNorm(GroupCount(channels), channels);
        init.ones_(norm.weight!); // TorchSharp leaves both uninitialised
        init.zeros_(norm.bias!);
        return norm;
    }

    /// <summary>The largest power of two up to 32 that leaves two channels a group or more.</summary>
    public static long GroupCount(long channels)
    {
        long groups = MaxGroups;
        while (groups > 1 && (channels % groups != 0 || channels / groups < 2))
            groups /= 2;
        return groups;
    }

    /// <summary>
    /// Convolution, norm, plus a residual, then ReLU if asked for. A fixed batch norm is folded into the convolution's weight and
    /// bias: the same function and the same gradients, without two more passes over the activations.
    /// </summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="convolution">Plain or deformable, without bias, padded by half its kernel.</param>
    /// <param name="norm">What follows it.</param>
    /// <param name="stride">The convolution's stride.</param>
    /// <param name="residual">What is added behind the norm, or null for nothing.</param>
    /// <param name="relu">Whether a ReLU follows.</param>
    public static Tensor Apply(
        Tensor input,
        Module<Tensor, Tensor> convolution,
        Module<Tensor, Tensor> norm,
        long stride,
        Tensor? residual = null,
        bool relu = false
    )
    {
        if (norm is FixedBatchNorm batchNorm && convolution is Conv2d plain)
        {
            (Tensor scale, Tensor shift) = batchNorm.Fold();
            return LayerType.Convolve(input, plain.weight!, shift, residual, stride, relu, scale);
        }
        Tensor output = ApplyApart(input, convolution, norm, stride);
        if (residual is not null)
            output = output.add_(residual);
        return relu ? output.relu_() : output;
    }

    private static Tensor ApplyApart(
        Tensor input,
        Module<Tensor, Tensor> convolution,
        Module<Tensor, Tensor> norm,
        long stride
    )
    {
        if (norm is not FixedBatchNorm batchNorm)
        {
            Tensor output = convolution is Conv2d plain
                ? LayerType.Convolve(input, plain, stride)
                : convolution.call(input);
            return LayerType.Normalise(output, norm);
        }
        (Tensor scale, Tensor shift) = batchNorm.Fold();
        DeformableConvolution deformable = (DeformableConvolution)convolution;
        return deformable.Convolve(input, deformable.Weight * scale.view(-1, 1, 1, 1), shift);
    }
}
