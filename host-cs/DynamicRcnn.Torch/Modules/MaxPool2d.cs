using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

public sealed class MaxPool2d : nn.Module<Tensor, Tensor>
{
    private readonly long kernelSize;
    private readonly long stride;
    private readonly long padding;
    private readonly long dilation;
    private readonly bool ceilMode;

    internal MaxPool2d(long kernelSize, long stride, long padding, long dilation, bool ceilMode)
        : base(nameof(MaxPool2d))
    {
        this.kernelSize = kernelSize;
        this.stride = stride;
        this.padding = padding;
        this.dilation = dilation;
        this.ceilMode = ceilMode;
    }

    public override Tensor forward(Tensor input) =>
        nn.functional.max_pool2d(input, kernelSize, stride, padding, dilation, ceilMode);
}
