using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>Anchors of every cell of every pyramid level. They are made anew for each batch, in less than a millisecond.</summary>
internal sealed class AnchorGrid
{
    private readonly RpnConfig rpn;
    private readonly Conventions conventions;
    private readonly int firstLevel;

    public AnchorGrid(RpnConfig rpn, Conventions conventions, int firstLevel)
    {
        this.rpn = rpn;
        this.conventions = conventions;
        this.firstLevel = firstLevel;
    }

    /// <param name="levels">The pyramid's features, finest first, each [N, C, H, W].</param>
    /// <returns>[A, 4] float32: levels in order, in a level row by row, in a cell by ratio.</returns>
    public Tensor For(Tensor[] levels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor[] anchors = new Tensor[levels.Length];
        for (int level = 0; level < levels.Length; level++)
            anchors[level] = Level(levels[level], 1L << (firstLevel + level));
        return scope.MoveToOuter(torch.cat(anchors, 0));
    }

    private Tensor Level(Tensor features, long stride)
    {
        Device device = features.device;
        (long height, long width) = (features.shape[2], features.shape[3]);
        float[] shapes = AnchorShapes.At(rpn, conventions, stride);
        Tensor cell = ops.from_span<float>(shapes, [1, shapes.Length / 4, 4]).to(device);
        Tensor x = (torch.arange(width, ScalarType.Float32, device) * stride).view(1, -1).expand(height, width);
        Tensor y = (torch.arange(height, ScalarType.Float32, device) * stride).view(-1, 1).expand(height, width);
        Tensor shifts = torch.stack([x, y, x, y], -1).view(-1, 1, 4); // [H*W, 1, 4]
        return (shifts + cell).view(-1, 4);
    }
}
