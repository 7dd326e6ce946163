namespace DynamicRcnn.Model.Kernels;

// Letters: N images, G padded ground truths, A boxes.

/// <summary>Boxes matched with ground truth in the host's memory, without a matrix of their IoUs.</summary>
internal static unsafe class AssignKernel
{
    /// <param name="boxes">[N or 1, A, 4].</param>
    /// <param name="truth">[N, G, 4], G at least 1.</param>
    /// <param name="offset">Added to widths and heights.</param>
    internal static BestTruth Best(Tensor boxes, Tensor truth, double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (DrcnnKernels.Assign call, Tensor box, Tensor target) = Call(boxes, truth, offset);
        Tensor iou = torch.empty([call.Images, call.Boxes], (ScalarType)call.Type);
        Tensor matched = torch.empty([call.Images, call.Boxes], ScalarType.Int64);
        Tensor truthIoU = torch.empty([call.Images, call.Truths], (ScalarType)call.Type);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_assign_best(
                call,
                TensorMemory.Of(box),
                TensorMemory.Of(target),
                TensorMemory.Of(iou),
                TensorMemory.Of(matched),
                TensorMemory.Of(truthIoU)
            )
        );
        GC.KeepAlive((box, target));
        return new BestTruth(scope.MoveToOuter(iou), scope.MoveToOuter(matched), scope.MoveToOuter(truthIoU));
    }

    /// <summary>For each box the last ground truth whose IoU with it equals that ground truth's own given level; -1 where there is none.</summary>
    /// <param name="boxes">[N or 1, A, 4].</param>
    /// <param name="truth">[N, G, 4].</param>
    /// <param name="levels">[N, G].</param>
    /// <param name="offset">Added to widths and heights.</param>
    /// <returns>[N, A] int64.</returns>
    internal static Tensor Last(Tensor boxes, Tensor truth, Tensor levels, double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (DrcnnKernels.Assign call, Tensor box, Tensor target) = Call(boxes, truth, offset);
        Tensor level = TensorMemory.Dense(levels, (ScalarType)call.Type);
        Tensor last = torch.empty([call.Images, call.Boxes], ScalarType.Int64);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_assign_last(
                call,
                TensorMemory.Of(box),
                TensorMemory.Of(target),
                TensorMemory.Of(level),
                TensorMemory.Of(last)
            )
        );
        GC.KeepAlive((box, target, level));
        return scope.MoveToOuter(last);
    }

    /// <summary>The sizes, and the boxes row after row in one type.</summary>
    private static (DrcnnKernels.Assign Call, Tensor Boxes, Tensor Truth) Call(
        Tensor boxes,
        Tensor truth,
        double offset
    )
    {
        ReadOnlySpan<long> box = TensorMemory.Sizes(boxes);
        ReadOnlySpan<long> target = TensorMemory.Sizes(truth);
        Refusal.UnlessShape(target is [_, _, 4], "assign: truth", "[N, G, 4]", truth);
        Refusal.UnlessShape(
            box is [_, _, 4] && (box[0] == 1 || box[0] == target[0]),
            "assign: boxes",
            "[N or 1, A, 4]",
            boxes
        );
        bool isDouble = boxes.dtype == ScalarType.Float64 || truth.dtype == ScalarType.Float64;
        ScalarType type = isDouble ? ScalarType.Float64 : ScalarType.Float32;
        DrcnnKernels.Assign call = new()
        {
            Images = target[0],
            Truths = target[1],
            Boxes = box[1],
            Offset = offset,
            Type = (int)type,
            SharedBoxes = box[0] == 1 ? 1 : 0,
        };
        return (call, TensorMemory.Dense(boxes, type), TensorMemory.Dense(truth, type));
    }
}
