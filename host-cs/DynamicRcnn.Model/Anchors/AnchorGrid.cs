using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Anchors of every cell of every pyramid level. They are made anew for each batch, in less than a millisecond; what does not depend on
/// the image size, a cell's own anchors, is copied to the device that the features are on when it is first asked for.
/// </summary>
internal sealed class AnchorGrid : Module<Tensor[], Tensor>
{
    private readonly int firstLevel;
    private readonly float[][] shapes;
    private Tensor[] cells = [];

    public AnchorGrid(RpnConfig rpn, Conventions conventions, int firstLevel)
        : base(nameof(AnchorGrid))
    {
        this.firstLevel = firstLevel;
        shapes = new float[Fpn.LastLevel - firstLevel + 1][];
        for (int level = 0; level < shapes.Length; level++)
            shapes[level] = AnchorShapes.At(rpn, conventions, Stride(level));
    }

    /// <param name="input">The pyramid's features, finest first, each [N, C, H, W].</param>
    /// <returns>[A, 4] float32: levels in order, in a level row by row, in a cell by ratio.</returns>
    public override Tensor forward(Tensor[] input)
    {
        Place(input[0].device);
        Tensor[] anchors = new Tensor[input.Length];
        for (int level = 0; level < input.Length; level++)
            anchors[level] = Level(input[level], cells[level], Stride(level));
        return torch.cat(anchors, 0);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Release();
        base.Dispose(disposing);
    }

    /// <summary>Once for a device: a copy in every step would make the host wait.</summary>
    private void Place(Device device)
    {
        if (cells.Length > 0 && cells[0].device.ToString() == device.ToString())
            return;
        Release();
        cells = Array.ConvertAll(
            shapes,
            shape => ops.from_span<float>(shape, [1, shape.Length / 4, 4]).to(device).DetachFromDisposeScope() // [1, B, 4]
        );
    }

    private void Release()
    {
        foreach (Tensor cell in cells)
            cell.Dispose();
        cells = [];
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
