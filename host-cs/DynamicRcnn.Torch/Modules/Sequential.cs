using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>Modules one after the other.</summary>
public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] steps;

    internal Sequential((string Name, nn.Module<Tensor, Tensor> Module)[] modules)
        : base(nameof(Sequential))
    {
        steps = [.. modules.Select(entry => entry.Module)];
        foreach ((string name, nn.Module<Tensor, Tensor> module) in modules)
        {
            register_module(name, module);
        }
    }

    public override Tensor forward(Tensor input)
    {
        foreach (nn.Module<Tensor, Tensor> step in steps)
        {
            input = step.call(input);
        }
        return input;
    }
}
