using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>x W^T + b over the last dimension; rows of float32 on the CPU by <see cref="ops.linear"/>'s product.</summary>
public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(Tensor weight, Tensor? bias)
        : base(nameof(Linear)) => (this.weight, this.bias) = FanInUniform.Start(this, weight, bias);

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => ops.linear(input, weight, bias);
}
