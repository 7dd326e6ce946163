namespace DynamicRcnn.Model.Kernels;

public static partial class ops
{
    /// <summary>
    /// A convolution padded by half its kernel, plus a residual, then a ReLU. Float32 on the CPU, it is one pass of our kernels, of which the
    /// gradient of the gradient is not implemented, and so is bfloat16 with a weight, scale and bias of float32, which are rounded for it;
    /// otherwise it is libtorch's.
    /// </summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="weight">[C', C, k, k], k odd.</param>
    /// <param name="bias">[C'], or null for none.</param>
    /// <param name="residual">As the result: added before the ReLU, or null for none.</param>
    /// <param name="stride">Of rows and columns.</param>
    /// <param name="relu">Whether negative outputs become 0.</param>
    /// <param name="scale">[C']: what each output's weight is multiplied by, or null for 1.</param>
    /// <returns>[N, C', ceil(H / stride), ceil(W / stride)].</returns>
    public static Tensor convolution(
        Tensor input,
        Tensor weight,
        Tensor? bias = null,
        Tensor? residual = null,
        long stride = 1,
        bool relu = false,
        Tensor? scale = null
    )
    {
        if (ConvolutionFunction.IsOurs(input, weight))
            return ConvolutionFunction.Call(input, weight, scale, bias, residual, new ConvolutionOptions(stride, relu));
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor scaled = scale is null ? weight : weight * scale.view(-1, 1, 1, 1);
        long padding = weight.ndim == 4 ? weight.shape[2] / 2 : 0;
        Tensor output = functional.conv2d(input, scaled, bias, [stride, stride], [padding, padding]);
        if (residual is not null)
            output = output.add_(residual);
        return scope.MoveToOuter(relu ? output.relu_() : output);
    }

    /// <summary>
    /// input weight^T + bias. Float32 on the CPU, it is our kernels' product, and so is bfloat16 with a weight and bias of float32, which are
    /// rounded for it; otherwise it is libtorch's.
    /// </summary>
    /// <param name="input">[R, inputs].</param>
    /// <param name="weight">[outputs, inputs].</param>
    /// <param name="bias">[outputs], or null for none.</param>
    /// <returns>[R, outputs].</returns>
    public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) =>
        LinearFunction.IsOurs(input, weight, bias)
            ? LinearFunction.Call(input, weight, bias)
            : functional.linear(input, weight, bias);

    /// <summary>A convolution whose taps look, bilinearly, where offsets send them, each value times a mask (Zhu et al. 2019).</summary>
    /// <remarks>K = kh * kw taps, G groups, D offset groups. All tensors of one type; half precision is computed in float32 (float16 on a GPU only).</remarks>
    /// <param name="input">[N, C, H, W]; a tap outside reads 0.</param>
    /// <param name="weight">[C', C/G, kh, kw].</param>
    /// <param name="offset">[N, 2DK, H', W']: (y, x) pairs in pixels, by offset group and tap.</param>
    /// <param name="mask">[N, DK, H', W'], or null for none.</param>
    /// <param name="bias">[C'], or null for none.</param>
    /// <param name="stride">Rows, columns.</param>
    /// <param name="padding">Rows, columns.</param>
    /// <param name="dilation">Rows, columns.</param>
    /// <param name="groups">G.</param>
    /// <param name="offset_groups">D: so many equal blocks of channels have offsets and masks of their own.</param>
    /// <returns>[N, C', H', W'].</returns>
    public static Tensor deform_conv2d(
        Tensor input,
        Tensor weight,
        Tensor offset,
        Tensor? mask,
        Tensor? bias,
        (long Rows, long Columns) stride,
        (long Rows, long Columns) padding,
        (long Rows, long Columns) dilation,
        long groups = 1,
        long offset_groups = 1
    ) =>
        DeformConv2dFunction.Call(
            DeviceKernels.Of(nameof(deform_conv2d), input),
            new DeformArguments(input, weight, offset, mask, bias),
            new DeformConv2dOptions(stride, padding, dilation, groups, offset_groups)
        );
}
