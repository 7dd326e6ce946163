using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Anchors of every cell of every pyramid level. They are made anew for each batch, in less than a millisecond; what does not depend on
/// the image size, a cell's own anchors, moves to the device with the model.
/// </summary>
internal sealed class AnchorGrid : Module<Tensor[], Tensor>
{
    private readonly int firstLevel;
    private readonly Tensor[] cells;

    public AnchorGrid(RpnConfig rpn, Conventions conventions, int firstLevel)
        : base(nameof(AnchorGrid))
    {
        this.firstLevel = firstLevel;
        cells = new Tensor[Fpn.LastLevel - firstLevel + 1];
        for (int level = 0; level < cells.Length; level++)
        {
            float[] shapes = AnchorShapes.At(rpn, conventions, Stride(level));
            cells[level] = ops.from_span<float>(shapes, [1, shapes.Length / 4, 4]); // [1, B, 4]
            register_buffer($"cell{level}", cells[level], persistent: false);
        }
    }

    /// <param name="input">The pyramid's features, finest first, each [N, C, H, W].</param>
    /// <returns>[A, 4] float32: levels in order, in a level row by row, in a cell by ratio.</returns>
    public override Tensor forward(Tensor[] input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] anchors = new Tensor[input.Length];
        for (int level = 0; level < input.Length; level++)
            anchors[level] = Level(input[level], cells[level].to(ScalarType.Float32), Stride(level));
        return scope.MoveToOuter(torch.cat(anchors, 0));
    }

    private long Stride(int level) => 1L << (firstLevel + level);

    private static Tensor Level(Tensor features, Tensor cell, long stride)
    {
        Device device = features.device;
        (long height, long width) = (features.shape[2], features.shape[3]);
        Tensor x = (torch.arange(width, ScalarType.Float32, device) * stride).view(1, -1).expand(height, width);
        Tensor y = (torch.arange(height, ScalarType.Float32, device) * stride).view(-1, 1).expand(height, width);
        Tensor shifts = torch.stack([x, y, x, y], -1).view(-1, 1, 4); // [H*W, 1, 4]
        return (shifts + cell).view(-1, 4);
    }
}
