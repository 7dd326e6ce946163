namespace DynamicRcnn.Model;

// Letters: N images, G padded ground truths, A boxes (anchors or proposals).

/// <summary>For each box of a batch the ground truth that it overlaps most, and the other way round.</summary>
/// <param name="IoU">[N, A] the largest IoU; 0 without ground truth.</param>
/// <param name="Matched">[N, A] int64, the first ground truth that has it.</param>
/// <param name="TruthIoU">[N, G] the largest IoU of each ground truth with any box.</param>
internal sealed record BestTruth(Tensor IoU, Tensor Matched, Tensor TruthIoU);

/// <summary>
/// Matches boxes with ground truth: on a CPU by a kernel, elsewhere in tiles of bounded size, so that memory does not grow with boxes x
/// ground truths. Padding rows of the ground truth must lie far outside every image, as <see cref="PaddedTruth"/> makes them: their IoU is 0.
/// </summary>
internal sealed class BoxAssigner
{
    /// <summary>IoUs of a tile on a GPU, where every tile costs a few dozen launches: 128 MiB.</summary>
    private const long GpuTileElements = 1L << 25;

    private readonly double offset;
    private readonly long tileElements;

    public BoxAssigner(int boxOffset)
        : this(boxOffset, GpuTileElements) { }

    /// <summary>With tiles of so many IoUs where there is no kernel.</summary>
    internal BoxAssigner(int boxOffset, long tileElements) => (offset, this.tileElements) = (boxOffset, tileElements);

    /// <param name="boxes">[N or 1, A, 4], A at least 1.</param>
    /// <param name="truth">[N, G, 4], G at least 1.</param>
    public BestTruth Assign(Tensor boxes, Tensor truth) =>
        DevicePath.IsHost(boxes) ? AssignKernel.Best(boxes, truth, offset) : AssignByTiles(boxes, truth);

    /// <summary>For each box the last ground truth whose IoU with it equals that ground truth's own given level.</summary>
    /// <param name="boxes">[N or 1, A, 4].</param>
    /// <param name="truth">[N, G, 4].</param>
    /// <param name="levels">[N, G] the IoU to equal; above 1 = no box.</param>
    /// <returns>[N, A] int64, -1 where there is none.</returns>
    public Tensor LastTruthAt(Tensor boxes, Tensor truth, Tensor levels) =>
        DevicePath.IsHost(boxes)
            ? AssignKernel.Last(boxes, truth, levels, offset)
            : LastTruthAtByTiles(boxes, truth, levels);

    /// <summary><see cref="Assign"/> by libtorch's operators, on any device.</summary>
    internal BestTruth AssignByTiles(Tensor boxes, Tensor truth)
    {
        List<Tensor> best = [];
        List<Tensor> matched = [];
        List<Tensor> truthBest = [];
        foreach (Tensor tile in Tiles(boxes, truth))
        {
            using DisposeScope tileScope = torch.NewDisposeScope();
            Tensor iou = BoxGeometry.IoU(truth, tile, offset); // [N, G, tile]
            (Tensor largest, Tensor index) = iou.max(1);
            best.Add(tileScope.MoveToOuter(largest));
            matched.Add(tileScope.MoveToOuter(index));
            truthBest.Add(tileScope.MoveToOuter(iou.amax(2)));
        }
        return new BestTruth(torch.cat(best, 1), torch.cat(matched, 1), torch.stack(truthBest, 0).amax(0));
    }

    /// <summary><see cref="LastTruthAt"/> by libtorch's operators, on any device.</summary>
    internal Tensor LastTruthAtByTiles(Tensor boxes, Tensor truth, Tensor levels)
    {
        Tensor order = torch.arange(truth.shape[1], ScalarType.Float32, truth.device).view(1, -1, 1);
        Tensor none = torch.full(1, -1f, ScalarType.Float32, truth.device);
        List<Tensor> last = [];
        foreach (Tensor tile in Tiles(boxes, truth))
        {
            using DisposeScope tileScope = torch.NewDisposeScope();
            Tensor tied = BoxGeometry.IoU(truth, tile, offset).eq(levels.unsqueeze(2));
            last.Add(tileScope.MoveToOuter(torch.where(tied, order, none).amax(1).to(ScalarType.Int64)));
        }
        return torch.cat(last, 1);
    }

    private IEnumerable<Tensor> Tiles(Tensor boxes, Tensor truth)
    {
        long count = boxes.shape[1];
        long length = Math.Max(1, tileElements / (truth.shape[0] * truth.shape[1]));
        for (long start = 0; start < count; start += length)
            yield return boxes.narrow(1, start, Math.Min(length, count - start));
    }
}
