using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

public sealed class ReLU : nn.Module<Tensor, Tensor>
{
    private readonly bool inplace;

    internal ReLU(bool inplace)
        : base(nameof(ReLU)) => this.inplace = inplace;

    public override Tensor forward(Tensor input) => nn.functional.relu(input, inplace);
}
