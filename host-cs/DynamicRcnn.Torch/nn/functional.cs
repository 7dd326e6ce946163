using DynamicRcnn.Torch.Interop;

namespace DynamicRcnn.Torch;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Layers without parameters of their own.</summary>
        public static partial class functional
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
                long[] kernel_size,
                long[]? strides = null,
                long[]? padding = null,
                long[]? dilation = null,
                bool ceil_mode = false
            ) => Aten.max_pool2d.Call(input, kernel_size, strides, padding, dilation, ceil_mode);

            public static Tensor max_pool2d(
                Tensor input,
                long kernel_size,
                long? stride = null,
                long? padding = null,
                long? dilation = null,
                bool ceil_mode = false
            ) =>
                Aten.max_pool2d.Call(input, kernel_size, stride ?? kernel_size, padding ?? 0, dilation ?? 1, ceil_mode);

            public static Tensor max_pool2d(
                Tensor input,
                (long, long) kernel_size,
                (long, long)? stride = null,
                (long, long)? padding = null,
                (long, long)? dilation = null,
                bool ceil_mode = false
            ) =>
                Aten.max_pool2d.Call(
                    input,
                    kernel_size,
                    stride ?? kernel_size,
                    padding ?? (0, 0),
                    dilation ?? (1, 1),
                    ceil_mode
                );

            public static Tensor batch_norm(
                Tensor input,
                Tensor? running_mean,
                Tensor? running_var,
                Tensor? weight = null,
                Tensor? bias = null,
                bool training = false,
                double momentum = 0.1,
                double eps = 1e-05
            ) =>
                Aten.batch_norm.Call(
                    input,
                    weight,
                    bias,
                    running_mean,
                    running_var,
                    training,
                    momentum,
                    eps,
                    true // the vendor's implementation where there is one
                );

            public static Tensor group_norm(
                Tensor input,
                long num_groups,
                Tensor? weight = null,
                Tensor? bias = null,
                double eps = 1e-05
            ) => Aten.group_norm.Call(input, num_groups, weight, bias, eps);

            /// <summary>Resizes the last two dimensions, nearest neighbour or bilinear.</summary>
            /// <param name="x">[N, C, H, W].</param>
            /// <param name="size">The new height and width, or null.</param>
            /// <param name="scale_factor">Factors of height and width in place of <paramref name="size"/>.</param>
            /// <param name="mode">Nearest or Bilinear.</param>
            /// <param name="align_corners">Bilinear: whether the corners' centres keep their places.</param>
            public static Tensor interpolate(
                Tensor x,
                long[]? size = null,
                double[]? scale_factor = null,
                InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null
            )
            {
                if (size is null == scale_factor is null)
                {
                    throw new ArgumentException("interpolate: expected a size or a scale factor, and not both.");
                }
                Arg sizes = size is null ? Arg.None : size;
                return mode switch
                {
                    InterpolationMode.Nearest => Aten.upsample_nearest2d_vec.Call(x, sizes, scale_factor),
                    InterpolationMode.Bilinear => Aten.upsample_bilinear2d_vec.Call(
                        x,
                        sizes,
                        align_corners ?? false,
                        scale_factor
                    ),
                    _ => throw new NotSupportedException($"interpolate: expected Nearest or Bilinear, got {mode}."),
                };
            }

            public static Tensor pad(
                Tensor input,
                long[] pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) =>
                mode switch
                {
                    PaddingModes.Constant => Aten.constant_pad_nd.Call(input, pad, value),
                    PaddingModes.Zeros => Aten.constant_pad_nd.Call(input, pad, 0.0),
                    PaddingModes.Reflect => Aten.pad.Call(input, pad, "reflect"),
                    PaddingModes.Replicate => Aten.pad.Call(input, pad, "replicate"),
                    _ => Aten.pad.Call(input, pad, "circular"),
                };

            public static Tensor pad(
                Tensor input,
                ReadOnlySpan<long> pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) => functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(
                Tensor input,
                (long, long, long, long) pad,
                PaddingModes mode = PaddingModes.Constant,
                double value = 0
            ) => functional.pad(input, [pad.Item1, pad.Item2, pad.Item3, pad.Item4], mode, value);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
        }
    }
}
