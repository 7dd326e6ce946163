namespace DynamicRcnn.Model;

/// <summary>
/// Overlap, clipping and gathering of boxes (x1, y1, x2, y2) in pixels. The offset is added to widths and heights: 1 in the
/// convention of maskrcnn-benchmark, else 0.
/// </summary>
internal static class BoxGeometry
{
    /// <summary>Smallest union, so that two boxes without area have IoU 0 and not 0/0.</summary>
    private const double SmallestUnion = 1e-6;

    /// <summary>IoU of every row with every column.</summary>
    /// <param name="rows">[N, G, 4].</param>
    /// <param name="columns">[N or 1, A, 4].</param>
    /// <param name="offset">Added to widths and heights.</param>
    /// <returns>[N, G, A], values 0..1.</returns>
    public static Tensor IoU(Tensor rows, Tensor columns, double offset)
    {
        // Coordinates apart from each other: elementwise operators are several times faster on contiguous rows.
        Tensor[] column = columns.permute(0, 2, 1).contiguous().unsqueeze(1).unbind(2); // [N, 1, A]
        return OfPlanes(rows.unsqueeze(2).unbind(-1), column, offset);
    }

    /// <summary>IoU of boxes at the same place of two broadcastable tensors.</summary>
    /// <param name="first">[..., 4].</param>
    /// <param name="second">[..., 4].</param>
    /// <param name="offset">Added to widths and heights.</param>
    /// <returns>[...], values 0..1.</returns>
    public static Tensor PairedIoU(Tensor first, Tensor second, double offset)
    {
        return OfPlanes(first.unbind(-1), second.unbind(-1), offset);
    }

    /// <summary>IoU of boxes whose four coordinates are tensors of their own. Its temporaries, as large as a tile of the assigner, end here.</summary>
    private static Tensor OfPlanes(Tensor[] a, Tensor[] b, double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor width = Intersection(a[0], a[2], b[0], b[2], offset);
        Tensor height = Intersection(a[1], a[3], b[1], b[3], offset);
        Tensor intersection = width.mul_(height);
        Tensor union = (Area(a, offset) + Area(b, offset)).sub_(intersection).clamp_(min: (Scalar)SmallestUnion);
        return scope.MoveToOuter(intersection.div_(union));
    }

    /// <summary>Boxes moved into their image: [0, W - offset] x [0, H - offset].</summary>
    /// <param name="boxes">[N, P, 4].</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    /// <param name="offset">1 or 0.</param>
    public static Tensor Clip(Tensor boxes, Tensor sizes, double offset)
    {
        Tensor[] side = (sizes - offset).unbind(1);
        Tensor limits = torch.stack([side[1], side[0], side[1], side[0]], 1).unsqueeze(1); // [N, 1, 4]
        return torch.minimum(boxes.clamp_min(0), limits);
    }

    /// <summary>Which boxes have a positive width and height. False for NaN.</summary>
    /// <param name="boxes">[..., 4].</param>
    /// <param name="offset">1 or 0.</param>
    /// <returns>[...] bool.</returns>
    public static Tensor HasArea(Tensor boxes, double offset)
    {
        Tensor[] box = boxes.unbind(-1);
        Tensor wide = (box[2] - box[0]).gt(-offset);
        return wide & (box[3] - box[1]).gt(-offset);
    }

    /// <summary>Which anchors lie within their image: x1, y1 >= 0, x2 &lt; W, y2 &lt; H.</summary>
    /// <param name="anchors">[A, 4].</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    /// <returns>[N, A] bool.</returns>
    public static Tensor Inside(Tensor anchors, Tensor sizes)
    {
        Tensor[] box = anchors.unsqueeze(0).unbind(-1); // [1, A]
        Tensor[] side = sizes.unsqueeze(1).unbind(-1); // [N, 1]
        Tensor start = box[0].ge(0) & box[1].ge(0);
        return start & box[2].lt(side[1]) & box[3].lt(side[0]);
    }

    /// <summary>The rows of each image that the indices name.</summary>
    /// <param name="values">[N, A, C].</param>
    /// <param name="indices">[N, S] int64.</param>
    /// <returns>[N, S, C].</returns>
    public static Tensor Take(Tensor values, Tensor indices) =>
        values.gather(1, indices.unsqueeze(-1).expand(-1, -1, values.shape[2]));

    private static Tensor Intersection(Tensor start1, Tensor end1, Tensor start2, Tensor end2, double offset)
    {
        Tensor length = torch.minimum(end1, end2).sub_(torch.maximum(start1, start2));
        return (offset == 0 ? length : length.add_((Scalar)offset)).clamp_(min: (Scalar)0);
    }

    private static Tensor Area(Tensor[] box, double offset) => (box[2] - box[0] + offset) * (box[3] - box[1] + offset);
}
