using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// The modulated deformable 3x3 convolution of Deformable ConvNets v2 (Zhu et al. 2019), without bias. An ordinary 3x3
/// computes where each tap looks and how much it counts. Parameters as in MMDetection: "weight", "conv_offset".
/// </summary>
internal sealed class DeformableConvolution : Module<Tensor, Tensor>
{
    private const long Kernel = 3;
    private const long Taps = Kernel * Kernel;

    private readonly long stride;
    private readonly long offsetGroups;
    private readonly Parameter weight;
    private readonly Conv2d conv_offset;

    public DeformableConvolution(BackboneConfig config, long channels, long stride)
        : base(nameof(DeformableConvolution))
    {
        this.stride = stride;
        offsetGroups = config.OffsetGroups;
        using (Conv2d plain = NormalisedConvolution.Convolution(channels, channels, Kernel, stride))
        using (Tensor drawn = plain.weight.detach())
            weight = (Parameter)Parameter(drawn.clone()).DetachFromDisposeScope();
        // Channels: 2 x 9 offsets of each group as (y, x) pairs by tap, then 9 logits of masks of each group.
        conv_offset = Conv2d(channels, 3 * Taps * offsetGroups, Kernel, stride, padding: Kernel / 2);
        if (config.KaimingOffsets)
            init.kaiming_uniform_(conv_offset.weight, a: 1);
        else
            init.zeros_(conv_offset.weight); // nothing is displaced and every mask is 1/2
        init.zeros_(conv_offset.bias!);
        RegisterComponents();
    }

    /// <summary>[C, C, 3, 3].</summary>
    public Parameter Weight => weight;

    /// <param name="input">[N, C, H, W].</param>
    /// <returns>[N, C, H/stride, W/stride].</returns>
    public override Tensor forward(Tensor input) => Convolve(input, weight, bias: null);

    /// <summary>The convolution with another weight and a bias, as a folded norm needs it.</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="kernel">[C, C, 3, 3].</param>
    /// <param name="bias">[C], or null for none.</param>
    public Tensor Convolve(Tensor input, Tensor kernel, Tensor? bias)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor fields = LayerType.Convolve(input, conv_offset, stride).to(kernel.dtype); // positions do not fit bfloat16
        long offsets = 2 * Taps * offsetGroups;
        Tensor offset = fields.narrow(1, 0, offsets);
        Tensor mask = fields.narrow(1, offsets, Taps * offsetGroups).sigmoid();
        const long padding = Kernel / 2;
        return scope.MoveToOuter(
            ops.deform_conv2d(
                    input.to(kernel.dtype),
                    kernel,
                    offset,
                    mask,
                    bias,
                    (stride, stride),
                    (padding, padding),
                    dilation: (1, 1),
                    offset_groups: offsetGroups
                )
                .to(input.dtype)
        );
    }
}
