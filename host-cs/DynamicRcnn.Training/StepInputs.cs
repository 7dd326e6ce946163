using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training;

/// <summary>
/// What changes from step to step beside the images, as memory of the device: a step depends on no number of the host's, so that one captured as
/// a graph could be replayed with others written into it.
/// </summary>
/// <param name="Stages">Of each box head the IoU threshold and beta, 0-dimensional float32.</param>
/// <param name="LearningRate">0-dimensional float32.</param>
/// <param name="Seed">With the iteration.</param>
internal sealed record StepInputs(
    IReadOnlyList<(torch.Tensor IoUThreshold, torch.Tensor Beta)> Stages,
    torch.Tensor LearningRate,
    SamplingSeed Seed
)
{
    /// <summary>Uploads them together; the host does not wait, as it would for a tensor made of a number.</summary>
    internal static StepInputs On(
        torch.Device device,
        IReadOnlyList<Setting> settings,
        double learningRate,
        long seed,
        int iteration
    )
    {
        double[] numbers =
        [
            learningRate,
            iteration,
            .. settings.SelectMany(setting => new[] { setting.IoUThreshold, setting.Beta }),
        ];
        torch.Tensor row = ops.upload(device, ops.from_span<double>(numbers, [numbers.Length]))[0];
        torch.Tensor single = row.to(torch.ScalarType.Float32);
        return new StepInputs(
            [.. settings.Select((_, stage) => (single.select(0, 2 + (2 * stage)), single.select(0, 3 + (2 * stage))))],
            single.select(0, 0),
            new SamplingSeed(seed, row.narrow(0, 1, 1).to(torch.ScalarType.Int64))
        );
    }
}
