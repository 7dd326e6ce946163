using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>Norm of each image over groups of channels.</summary>
public sealed class GroupNorm : nn.Module<Tensor, Tensor>
{
    private readonly long groups;
    private readonly double epsilon;

    internal GroupNorm(long groups, long channels, double epsilon, bool affine, Device? device, ScalarType? type)
        : base(nameof(GroupNorm))
    {
        this.groups = groups;
        this.epsilon = epsilon;
        if (affine)
        {
            weight = new Parameter(ones(channels, type, device));
            bias = new Parameter(zeros(channels, type, device));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }
    }

    public Parameter? weight { get; }

    public Parameter? bias { get; }

    public override Tensor forward(Tensor input) => nn.functional.group_norm(input, groups, weight, bias, epsilon);
}
