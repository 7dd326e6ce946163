using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        public static class functional
        {
            public static Tensor conv2d(
                Tensor input,
                Tensor weight,
                Tensor? bias = null,
                long[]? strides = null,
                long[]? padding = null,
                long[]? dilation = null,
                long groups = 1
            ) => Aten.conv2d.Call(input, weight, bias, strides, padding, dilation, groups);

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Aten.linear.Call(input, weights, bias);

            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            public static Tensor max_pool2d(
                Tensor input,
                long kernel_size,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                bool ceil_mode = false
            ) =>
                Aten.max_pool2d.Call(input, kernel_size, stride ?? kernel_size, padding ?? 0, dilation ?? 1, ceil_mode);

            /// <summary>Nearest neighbour to a given size, the only mode in use.</summary>
            public static Tensor interpolate(
                Tensor x,
                long[]? size = null,
                double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest
            ) =>
                size is not null && scale_factor is null
                    ? Aten.upsample_nearest2d.Call(x, size)
                    : throw new NotSupportedException("interpolate takes a size, not a scale factor.");

            public static Tensor cross_entropy(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                long ignore_index = -100,
                Reduction reduction = Reduction.Mean,
                double label_smoothing = 0.0
            ) => Aten.cross_entropy_loss.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            public static Tensor binary_cross_entropy_with_logits(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                Reduction reduction = Reduction.Mean,
                Tensor? pos_weights = null
            ) => Aten.binary_cross_entropy_with_logits.Call(input, target, weight, pos_weights, (long)reduction);

            public static Tensor smooth_l1_loss(
                Tensor input,
                Tensor target,
                Reduction reduction = Reduction.Mean,
                double beta = 1
            ) => Aten.smooth_l1_loss.Call(input, target, (long)reduction, beta);
        }
    }
}
