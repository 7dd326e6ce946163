using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Detection;
using DynamicRcnn.Model;

namespace DynamicRcnn.Cli;

/// <summary>The RPN's assigner alone: the IoUs of a batch's anchors with its ground truth, and what they make of each anchor.</summary>
internal sealed class AssignmentBench : IBenchStep
{
    private readonly AnchorAssigner assigner;
    private readonly torch.Tensor anchors;
    private readonly (ImageInput Input, GroundTruth Truth)[] batches;

    /// <param name="detector">Its configuration counts, and its device.</param>
    /// <param name="images">At least one batch; an incomplete last one is left out.</param>
    public AssignmentBench(BenchDetector detector, BenchImage[] images)
    {
        ModelConfig model = detector.Config.Model;
        int size = detector.Config.Data.ImagesPerStep;
        ImageBatch[] made =
        [
            .. images.Chunk(size).Where(batch => batch.Length == size).Select(batch => Batch(detector.Config, batch)),
        ];
        torch.Device device = detector.Detector.device;
        assigner = new AnchorAssigner(model.Rpn, model.Conventions);
        batches = Array.ConvertAll(made, batch => Upload.Training(PaddedPass.Alone(batch), device));
        anchors = Anchors(model, made[0].Height, made[0].Width, device);
    }

    /// <inheritdoc/>
    public bool IsReadEach => true;

    /// <inheritdoc/>
    public void Run(int first, int count)
    {
        for (int step = first; step < first + count; step++)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            (ImageInput input, GroundTruth truth) = batches[step % batches.Length];
            assigner.Assign(anchors, PaddedTruth.From(truth), input.Sizes);
        }
    }

    /// <inheritdoc/>
    public void MakeBatches(int first, int count) { }

    /// <inheritdoc/>
    public void Dispose()
    {
        anchors.Dispose();
        foreach ((ImageInput input, GroundTruth truth) in batches)
        {
            torch.Tensor?[] all =
            [
                input.Images,
                input.Sizes,
                input.ImageIds,
                input.Scales,
                truth.Boxes,
                truth.Labels,
                truth.Valid,
            ];
            Array.ForEach(all, tensor => tensor?.Dispose());
        }
    }

    private static ImageBatch Batch(Config config, BenchImage[] images) =>
        BatchSource.Of(
            images.Select(image => (image.Record, image.Pixels)),
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            config.Run.Seed,
            iteration: 1
        );

    private static torch.Tensor Anchors(ModelConfig model, int height, int width, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using AnchorGrid grid = new(model.Rpn, model.Conventions, model.Fpn.FirstLevel);
        torch.Tensor[] maps =
        [
            .. Enumerable
                .Range(model.Fpn.FirstLevel, Fpn.LastLevel - model.Fpn.FirstLevel + 1)
                .Select(level => torch.empty([1, 1, Cells(height, level), Cells(width, level)])),
        ];
        return scope.MoveToOuter(grid.call(maps).to(device));
    }

    private static long Cells(int pixels, int level) => (pixels + (1L << level) - 1) >> level;
}
