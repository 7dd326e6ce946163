using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>PyTorch's start of convolutions and linear layers: weight and bias uniform in +-1/sqrt(fan in).</summary>
internal static class FanInUniform
{
    /// <summary>Fills both, makes them parameters and registers them by the names that checkpoints use.</summary>
    internal static (Parameter Weight, Parameter? Bias) Start(nn.Module module, Tensor weight, Tensor? bias)
    {
        double bound = 1 / Math.Sqrt(nn.init.CalculateFanInAndFanOut(weight).fanIn);
        nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
        var trained = new Parameter(weight);
        module.register_parameter("weight", trained);
        if (bias is null)
        {
            return (trained, null);
        }
        var shift = new Parameter(nn.init.uniform_(bias, -bound, bound));
        module.register_parameter("bias", shift);
        return (trained, shift);
    }
}
