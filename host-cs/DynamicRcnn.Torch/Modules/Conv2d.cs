using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>Convolution: [N, C, H, W] to [N, C', H', W'].</summary>
public sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly (long, long) stride;
    private readonly (long, long) padding;
    private readonly (long, long) dilation;
    private readonly long groups;

    internal Conv2d(
        Tensor weight,
        Tensor? bias,
        (long, long) stride,
        (long, long) padding,
        (long, long) dilation,
        long groups
    )
        : base(nameof(Conv2d))
    {
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.groups = groups;
        (this.weight, this.bias) = FanInUniform.Start(this, weight, bias);
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) =>
        Aten.conv2d.Call(input, weight, bias, stride, padding, dilation, groups);
}
