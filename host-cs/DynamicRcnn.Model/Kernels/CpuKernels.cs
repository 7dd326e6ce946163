namespace DynamicRcnn.Model.Kernels;

/// <summary>The kernels on the CPU's memory.</summary>
internal sealed unsafe class CpuKernels : DeviceKernels
{
    internal override ReadOnlySpan<ScalarType> Types => [ScalarType.Float32, ScalarType.Float64, ScalarType.BFloat16];

    internal override bool IsHost => true;

    internal override void RoIAlign(in DrcnnKernels.RoiAlign call, Tensor map, Tensor rois, Tensor pooled)
    {
        DrcnnKernels.Check(DrcnnKernels.drcnn_roi_align_forward(call, At(map), At(rois), At(pooled)));
        KeepAlive(map, rois, pooled);
    }

    internal override void RoIAlignGradient(in DrcnnKernels.RoiAlign call, Tensor gradient, Tensor rois, Tensor gradMap)
    {
        DrcnnKernels.Check(DrcnnKernels.drcnn_roi_align_backward(call, At(gradient), At(rois), At(gradMap)));
        KeepAlive(gradient, rois, gradMap);
    }

    internal override void NmsKeep(in DrcnnKernels.Nms call, Tensor boxes, Tensor order, Tensor? groups, Tensor keep)
    {
        DrcnnKernels.Check(DrcnnKernels.drcnn_nms_keep(call, At(boxes), At(order), At(groups), At(keep)));
        KeepAlive(boxes, order, groups, keep);
    }

    internal override void RandomKeys(Tensor imageIds, in KeyDraw draw, Tensor keys)
    {
        long images = TensorMemory.Sizes(imageIds)[0];
        var (seed, iteration, purpose, count) = draw;
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_random_keys(At(imageIds), images, seed, At(iteration), purpose, count, At(keys))
        );
        KeepAlive(imageIds, iteration, keys);
    }

    internal override Tensor DeformConv2d(in DrcnnKernels.DeformConv2d call, DeformArguments arguments)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        DeformArguments dense = Dense(arguments);
        Tensor output = torch.empty(DeformConv2dCheck.OutputShape(call), (ScalarType)call.Type);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_deform_conv2d_forward(
                call,
                At(dense.Input),
                At(dense.Weight),
                At(dense.Offset),
                At(dense.Mask),
                At(dense.Bias),
                At(output)
            )
        );
        GC.KeepAlive(dense);
        return scope.MoveToOuter(output);
    }

    internal override Tensor?[] DeformConv2dGradients(
        in DrcnnKernels.DeformConv2d call,
        DeformArguments arguments,
        Tensor gradient,
        bool[] needs
    )
    {
        DeformArguments dense = Dense(arguments);
        Tensor sums = TensorMemory.Dense(gradient, gradient.dtype);
        Tensor?[] gradients = new Tensor?[needs.Length];
        Tensor? Made(DeformPlace place, Tensor? like) =>
            gradients[(int)place] = needs[(int)place] ? torch.empty_like(like!) : null;
        if (needs[(int)DeformPlace.Bias])
            gradients[(int)DeformPlace.Bias] = torch.empty([call.Outputs], (ScalarType)call.Type);
        DrcnnKernels.Check(
            DrcnnKernels.drcnn_deform_conv2d_backward(
                call,
                At(sums),
                At(dense.Input),
                At(dense.Weight),
                At(dense.Offset),
                At(dense.Mask),
                At(Made(DeformPlace.Input, dense.Input)),
                At(Made(DeformPlace.Weight, dense.Weight)),
                At(Made(DeformPlace.Offset, dense.Offset)),
                At(Made(DeformPlace.Mask, dense.Mask)),
                At(gradients[(int)DeformPlace.Bias])
            )
        );
        KeepAlive(sums);
        GC.KeepAlive(dense);
        return gradients;
    }

    private static DeformArguments Dense(DeformArguments arguments)
    {
        static Tensor Of(Tensor tensor) => TensorMemory.Dense(tensor, tensor.dtype);
        return new(
            Of(arguments.Input),
            Of(arguments.Weight),
            Of(arguments.Offset),
            arguments.Mask is { } mask ? Of(mask) : null,
            arguments.Bias is { } bias ? Of(bias) : null
        );
    }
}
