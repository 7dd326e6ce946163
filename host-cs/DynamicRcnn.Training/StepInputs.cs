using DynamicRcnn.Core;
using DynamicRcnn.Model;

namespace DynamicRcnn.Training;

/// <summary>
/// What changes from step to step beside the images, as memory of the device: a step depends on no number of the host's, so that one captured as
/// a graph could be replayed with others written into it.
/// </summary>
/// <param name="IoUThreshold">0-dimensional float32.</param>
/// <param name="Beta">0-dimensional float32.</param>
/// <param name="LearningRate">0-dimensional float32.</param>
/// <param name="Seed">With the iteration.</param>
internal sealed record StepInputs(
    torch.Tensor IoUThreshold,
    torch.Tensor Beta,
    torch.Tensor LearningRate,
    SamplingSeed Seed
)
{
    /// <summary>Uploads them together; the host does not wait, as it would for a tensor made of a number.</summary>
    internal static StepInputs On(torch.Device device, Setting setting, double learningRate, long seed, int iteration)
    {
        double[] numbers = [setting.IoUThreshold, setting.Beta, learningRate, iteration];
        torch.Tensor row = ops.upload(device, ops.from_span<double>(numbers, [numbers.Length]))[0];
        torch.Tensor single = row.to(torch.ScalarType.Float32);
        return new StepInputs(
            single.select(0, 0),
            single.select(0, 1),
            single.select(0, 2),
            new SamplingSeed(seed, row.narrow(0, 3, 1).to(torch.ScalarType.Int64))
        );
    }
}
