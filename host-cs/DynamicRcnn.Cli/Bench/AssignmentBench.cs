using DynamicRcnn.Core;
using DynamicRcnn.Data;
using DynamicRcnn.Model;
using DynamicRcnn.Torch;

namespace DynamicRcnn.Cli.Bench;

/// <summary>The RPN's assigner alone: the IoUs of a batch's anchors with its ground truth, and what they make of each anchor.</summary>
internal sealed class AssignmentBench : IBenchStep
{
    private readonly AnchorAssigner assigner;
    private readonly torch.Tensor anchors;
    private readonly (GroundTruth Truth, torch.Tensor Sizes)[] batches;

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
        batches = Array.ConvertAll(made, batch => Upload(batch, device));
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
            (GroundTruth truth, torch.Tensor sizes) = batches[step % batches.Length];
            assigner.Assign(anchors, PaddedTruth.From(truth), sizes);
        }
    }

    /// <inheritdoc/>
    public void MakeBatches(int first, int count) { }

    /// <inheritdoc/>
    public void Dispose()
    {
        anchors.Dispose();
        foreach ((GroundTruth truth, torch.Tensor sizes) in batches)
        {
            truth.Boxes.Dispose();
            truth.Labels.Dispose();
            truth.Valid.Dispose();
            sizes.Dispose();
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

    private static (GroundTruth Truth, torch.Tensor Sizes) Upload(ImageBatch batch, torch.Device device)
    {
        int images = batch.Items.Count;
        int rows = Math.Max(1, batch.Items.Max(item => item.Labels.Length));
        float[] boxes = new float[images * rows * 4];
        bool[] valid = new bool[images * rows];
        for (int image = 0; image < images; image++)
        {
            batch.Items[image].Boxes.CopyTo(boxes, image * rows * 4);
            Array.Fill(valid, value: true, image * rows, batch.Items[image].Labels.Length);
        }
        float[] sizes = [.. batch.Items.SelectMany(item => new float[] { item.Height, item.Width })];
        torch.Tensor[] uploaded = ops.upload(
            device,
            ops.from_span<float>(boxes, [images, rows, 4]),
            ops.from_span<long>(new long[images * rows], [images, rows]),
            ops.from_span<bool>(valid, [images, rows]),
            ops.from_span<float>(sizes, [images, 2])
        );
        return (new GroundTruth(uploaded[0], uploaded[1], uploaded[2]), uploaded[3]);
    }
}
