namespace DynamicRcnn.Model;

/// <summary>
/// Batch norm whose stored statistics never change: a scale and a shift for each channel. The affine part is trained
/// (MMDetection's norm_eval) or frozen with the rest.
/// </summary>
internal sealed class FixedBatchNorm : Module<Tensor, Tensor>
{
    private readonly double epsilon;
    private readonly Tensor weight;
    private readonly Tensor bias;
    private readonly Tensor running_mean;
    private readonly Tensor running_var;

    public FixedBatchNorm(long channels, double epsilon, bool trainAffine)
        : base(nameof(FixedBatchNorm))
    {
        this.epsilon = epsilon;
        weight = Affine(torch.ones(channels), trainAffine);
        bias = Affine(torch.zeros(channels), trainAffine);
        // To register a tensor does not take it out of the scope that it is made in.
        running_mean = torch.zeros(channels).DetachFromDisposeScope();
        running_var = torch.ones(channels).DetachFromDisposeScope();
        RegisterComponents();
    }

    private static Tensor Affine(Tensor values, bool isTrained) =>
        (isTrained ? Parameter(values) : values).DetachFromDisposeScope();

    /// <summary>The norm as y = scale * x + shift, both [C], with the graph to a trained affine.</summary>
    public (Tensor Scale, Tensor Shift) Fold()
    {
        Tensor scale = weight / (running_var + epsilon).sqrt();
        return (scale, bias - running_mean * scale);
    }

    public override Tensor forward(Tensor input)
    {
        (Tensor scale, Tensor shift) = Fold();
        return input * scale.view(-1, 1, 1) + shift.view(-1, 1, 1);
    }
}
