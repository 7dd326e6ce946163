namespace DynamicRcnn.Model.Kernels;

// Letters: B boxes.

/// <summary>Non-maximum suppression by one rule: the rows are sorted by libtorch, then compared by the kernel.</summary>
/// <param name="Kernels">Of the device where the boxes are.</param>
/// <param name="Op">Its name, for what it refuses.</param>
/// <param name="IoUThreshold">A box goes when its IoU with a kept one is larger.</param>
/// <param name="Offset">Added to widths and heights.</param>
/// <param name="SuppressEqual">A box also goes when the IoU equals the threshold.</param>
internal sealed record Suppression(
    DeviceKernels Kernels,
    string Op,
    double IoUThreshold,
    double Offset,
    bool SuppressEqual
)
{
    /// <summary>int64 [kept]: rows by descending score, whatever their group.</summary>
    /// <param name="boxes">[B, 4].</param>
    /// <param name="scores">[B].</param>
    /// <param name="groups">[B] int64, any values; null: one group.</param>
    internal Tensor Kept(Tensor boxes, Tensor scores, Tensor? groups)
    {
        Check(boxes, scores, groups);
        using IDisposable unrecorded = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor order = ByScore(scores);
        Tensor keep = Keep(boxes, groups is null ? order : ByGroup(order, groups), groups);
        return scope.MoveToOuter(order.masked_select(keep.index_select(0, order)));
    }

    /// <summary>bool [B]: which rows are kept; those of a group below 0 are not and suppress nothing.</summary>
    internal Tensor Mask(Tensor boxes, Tensor scores, Tensor groups)
    {
        Check(boxes, scores, groups);
        using IDisposable unrecorded = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor order = ByScore(scores);
        Tensor isListed = groups.ge(0);
        if (Kernels.IsHost)
        {
            Tensor listed = order.masked_select(isListed.index_select(0, order));
            return scope.MoveToOuter(Keep(boxes, ByGroup(listed, groups), groups));
        }
        // How many rows are listed only the device knows: all are compared, for groups share nothing, and padding is left out then.
        return scope.MoveToOuter(Keep(boxes, ByGroup(order, groups), groups).logical_and_(isListed));
    }

    /// <summary>Rows by descending score, equal ones in their order, NaN first.</summary>
    private static Tensor ByScore(Tensor scores) => torch.sort(scores, dim: 0, descending: true, stable: true).indices;

    /// <summary>The same rows, a group's beside each other and in the order that they had.</summary>
    private static Tensor ByGroup(Tensor order, Tensor groups) =>
        order.index_select(0, torch.sort(groups.index_select(0, order), dim: 0, stable: true).indices);

    private Tensor Keep(Tensor boxes, Tensor order, Tensor? groups)
    {
        ScalarType type = boxes.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Tensor rows = TensorMemory.Dense(boxes, type);
        Tensor? group = groups?.index_select(0, order);
        long count = TensorMemory.Sizes(boxes)[0];
        Tensor keep = torch.empty([count], ScalarType.Bool, boxes.device);
        DrcnnKernels.Nms call = new()
        {
            Boxes = count,
            Places = TensorMemory.Sizes(order)[0],
            IouThreshold = IoUThreshold,
            Offset = Offset,
            Type = (int)type,
            SuppressEqual = SuppressEqual ? 1 : 0,
        };
        Kernels.NmsKeep(call, rows, order, group, keep);
        return keep;
    }

    private void Check(Tensor boxes, Tensor scores, Tensor? groups)
    {
        Refusal.UnlessShape(TensorMemory.Sizes(boxes) is [_, 4], $"{Op}: boxes", "[B, 4]", boxes);
        Refusal.UnlessType($"{Op}: boxes", boxes, Kernels.Types);
        long count = TensorMemory.Sizes(boxes)[0];
        Refusal.UnlessShape(TensorMemory.Sizes(scores).SequenceEqual([count]), $"{Op}: scores", $"[{count}]", scores);
        Refusal.UnlessType($"{Op}: scores", scores, Kernels.Types);
        Refusal.UnlessBeside($"{Op}: scores", scores, boxes);
        Refusal.Unless(!double.IsNaN(IoUThreshold), $"{Op}: iou_threshold", "a number", () => "NaN");
        if (groups is null)
            return;
        Refusal.UnlessShape(TensorMemory.Sizes(groups).SequenceEqual([count]), $"{Op}: groups", $"[{count}]", groups);
        Refusal.UnlessType($"{Op}: groups", groups, ScalarType.Int64);
        Refusal.UnlessBeside($"{Op}: groups", groups, boxes);
    }
}
