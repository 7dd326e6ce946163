using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch.Modules;

/// <summary>Batch norm of [N, C, H, W] over N, H and W: by the batch while training, by the running statistics otherwise.</summary>
public sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
{
    private readonly double epsilon;
    private readonly double momentum;

    internal BatchNorm2d(
        long channels,
        double epsilon,
        double momentum,
        bool affine,
        bool tracked,
        Device? device,
        ScalarType? type
    )
        : base(nameof(BatchNorm2d))
    {
        this.epsilon = epsilon;
        this.momentum = momentum;
        if (affine)
        {
            weight = new Parameter(ones(channels, type, device));
            bias = new Parameter(zeros(channels, type, device));
            register_parameter(nameof(weight), weight);
            register_parameter(nameof(bias), bias);
        }
        if (tracked)
        {
            running_mean = zeros(channels, type, device);
            running_var = ones(channels, type, device);
            num_batches_tracked = zeros(Array.Empty<long>(), ScalarType.Int64, device);
            register_buffer(nameof(running_mean), running_mean);
            register_buffer(nameof(running_var), running_var);
            register_buffer(nameof(num_batches_tracked), num_batches_tracked);
        }
    }

    public Parameter? weight { get; }

    public Parameter? bias { get; }

    public Tensor? running_mean { get; }

    public Tensor? running_var { get; }

    public Tensor? num_batches_tracked { get; }

    public override Tensor forward(Tensor input)
    {
        if (training)
        {
            num_batches_tracked?.add_(1);
        }
        bool byBatch = training || running_mean is null;
        return nn.functional.batch_norm(input, running_mean, running_var, weight, bias, byBatch, momentum, epsilon);
    }
}
