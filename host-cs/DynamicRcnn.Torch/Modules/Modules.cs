using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>A tensor that is trained. It takes over the reference of <c>data</c>, which is disposed, and belongs to no scope.</summary>
public sealed class Parameter : Tensor
{
    public Parameter(Tensor data, bool requires_grad = true)
        : base(Take(data))
    {
        DetachFromDisposeScope();
        this.requires_grad = requires_grad;
    }

    private static nint Take(Tensor data)
    {
        data.DetachFromDisposeScope();
        return data.TakeHandle();
    }
}

public sealed class Conv2d : nn.Module<Tensor, Tensor>
{
    private readonly long[] stride;
    private readonly long[] padding;
    private readonly long[] dilation;
    private readonly long groups;

    internal Conv2d(
        long inChannels,
        long outChannels,
        long kernelSize,
        long stride,
        long padding,
        long dilation,
        long groups,
        bool hasBias
    )
        : base(nameof(Conv2d))
    {
        this.stride = [stride, stride];
        this.padding = [padding, padding];
        this.dilation = [dilation, dilation];
        this.groups = groups;
        weight = new Parameter(empty([outChannels, inChannels / groups, kernelSize, kernelSize]));
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        register_parameter(nameof(weight), weight);
        if (hasBias)
        {
            bias = new Parameter(FanInUniform.Bias(outChannels, weight));
            register_parameter(nameof(bias), bias);
        }
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) =>
        nn.functional.conv2d(input, weight, bias, stride, padding, dilation, groups);
}

public sealed class Linear : nn.Module<Tensor, Tensor>
{
    internal Linear(long inputSize, long outputSize, bool hasBias)
        : base(nameof(Linear))
    {
        weight = new Parameter(empty([outputSize, inputSize]));
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        register_parameter(nameof(weight), weight);
        if (hasBias)
        {
            bias = new Parameter(FanInUniform.Bias(outputSize, weight));
            register_parameter(nameof(bias), bias);
        }
    }

    public Parameter weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.linear(input, weight, bias);
}

public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    private readonly long groups;
    private readonly double epsilon;

    internal GroupNorm(long groups, long channels, double epsilon, bool affine)
        : base(nameof(GroupNorm))
    {
        this.groups = groups;
        this.epsilon = epsilon;
        if (affine)
        {
            weight = new Parameter(ones(channels));
            bias = new Parameter(zeros(channels));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }
    }

    public Parameter? weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => Aten.group_norm.Call(input, groups, weight, bias, epsilon);
}

public sealed class Sequential : nn.Module<Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor>[] steps;

    internal Sequential(nn.Module<Tensor, Tensor>[] modules)
        : base(nameof(Sequential))
    {
        steps = modules;
        for (int i = 0; i < modules.Length; i++)
        {
            register_module($"{i}", modules[i]);
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

public sealed class ModuleList<T> : nn.Module
    where T : nn.Module
{
    private readonly T[] items;

    internal ModuleList(T[] modules)
        : base(nameof(ModuleList<T>))
    {
        items = modules;
        for (int i = 0; i < modules.Length; i++)
        {
            register_module($"{i}", modules[i]);
        }
    }

    public int Count => items.Length;

    public T this[int index] => items[index];
}

/// <summary>PyTorch's default for the bias of a convolution or a linear layer: uniform in +-1/sqrt(fan in).</summary>
internal static class FanInUniform
{
    internal static Tensor Bias(long channels, Tensor weight)
    {
        double bound = 1 / Math.Sqrt(nn.init.CalculateFanInAndFanOut(weight).fanIn);
        return nn.init.uniform_(empty(channels), -bound, bound);
    }
}
