using DynamicRcnn.Torch.Interop;
using static DynamicRcnn.Torch.torch;

namespace DynamicRcnn.Torch;

public static unsafe partial class ops
{
    private static readonly Op roiAlign = new("dynamic_rcnn::roi_align");
    private static readonly Op roiAlignInto = new("dynamic_rcnn::_roi_align_into");
    private static readonly Op paddedConvolution = new("dynamic_rcnn::convolution");
    private static readonly Op deformConv2d = new("dynamic_rcnn::deform_conv2d");
    private static readonly Op plainNms = new("dynamic_rcnn::nms");
    private static readonly Op groupedNms = new("dynamic_rcnn::batched_nms");
    private static readonly Op nmsMask = new("dynamic_rcnn::nms_keep");
    private static readonly Op randomKeys = new("dynamic_rcnn::random_keys");

    /// <summary>Pools each RoI to a grid by bilinear samples (He et al. 2017).</summary>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="rois">[R, 5]: image index, x1, y1, x2, y2. An index below 0 marks a padding row: zeros, no gradient.</param>
    /// <param name="spatial_scale">From RoI pixels to cells of <paramref name="input"/>.</param>
    /// <param name="pooled_height">Rows of the grid.</param>
    /// <param name="pooled_width">Columns of the grid.</param>
    /// <param name="sampling_ratio">Samples per bin and axis; 0 = by the bin's size.</param>
    /// <param name="aligned">Half-pixel shift and no minimum size; false is the legacy form.</param>
    /// <returns>[R, C, pooled_height, pooled_width].</returns>
    public static Tensor roi_align(
        Tensor input,
        Tensor rois,
        double spatial_scale,
        long pooled_height,
        long pooled_width,
        long sampling_ratio = 0,
        bool aligned = true
    ) => roiAlign.Call(input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned);

    /// <summary>RoIAlign on the CPU, not recorded, into rows that are there: those of the other RoIs, the padding rows, stay as they are.</summary>
    /// <param name="pooled">[R, C, pooled_height, pooled_width] of the type of <paramref name="input"/>, written to.</param>
    /// <param name="input">[N, C, H, W].</param>
    /// <param name="rois">[R, 5]: image index, x1, y1, x2, y2; a padding row's index is below 0.</param>
    /// <param name="spatial_scale">From RoI pixels to cells of <paramref name="input"/>.</param>
    /// <param name="sampling_ratio">Samples per bin and axis; 0 = by the bin's size.</param>
    /// <param name="aligned">Half-pixel shift and no minimum size; false is the legacy form.</param>
    public static void roi_align_into(
        Tensor pooled,
        Tensor input,
        Tensor rois,
        double spatial_scale,
        long sampling_ratio,
        bool aligned
    ) => roiAlignInto.Run(pooled, input, rois, spatial_scale, sampling_ratio, aligned);

    /// <summary>
    /// A convolution padded by half its kernel, plus a residual, then a ReLU, in one pass over the outputs. Float32 on the CPU: our own
    /// kernels with all gradients, of which the gradient of the gradient is not implemented; everything else is libtorch's.
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
    ) => paddedConvolution.Call(input, weight, bias, residual, stride, relu, scale);

    /// <summary>A convolution whose taps look, bilinearly, where offsets send them, each value times a mask (Zhu et al. 2019).</summary>
    /// <remarks>K = kh * kw taps, G groups, D offset groups. All tensors of one type; under autocast they become float32.</remarks>
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
        deformConv2d.Call(
            input,
            weight,
            offset,
            mask,
            bias,
            stride.Rows,
            stride.Columns,
            padding.Rows,
            padding.Columns,
            dilation.Rows,
            dilation.Columns,
            groups,
            offset_groups
        );

    /// <summary>Kept rows by descending score; equal scores keep their order.</summary>
    /// <param name="boxes">[B, 4]: x1, y1, x2, y2.</param>
    /// <param name="scores">[B].</param>
    /// <param name="iou_threshold">A box goes when its IoU with a kept one is larger.</param>
    /// <param name="offset">Added to widths and heights; 1 is the legacy convention of pixel boxes.</param>
    /// <param name="suppress_equal">A box also goes when the IoU equals the threshold.</param>
    /// <returns>int64, as many as are kept.</returns>
    public static Tensor nms(
        Tensor boxes,
        Tensor scores,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => plainNms.Call(boxes, scores, iou_threshold, offset, suppress_equal);

    /// <summary>As <see cref="nms"/>, but boxes of different groups (int64 [B]) never suppress each other.</summary>
    public static Tensor batched_nms(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => groupedNms.Call(boxes, scores, groups, iou_threshold, offset, suppress_equal);

    /// <summary>bool [B]: which rows survive; the shape does not depend on the values. A group below 0 marks a padding row, never kept.</summary>
    public static Tensor nms_keep(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) => nmsMask.Call(boxes, scores, groups, iou_threshold, offset, suppress_equal);

    /// <summary>int64 [N, count] sort keys, unique in a row, a function of the arguments alone (Philox4x32-10).</summary>
    /// <param name="image_ids">int64 [N].</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="iteration">The iteration.</param>
    /// <param name="purpose">What the keys are for; each purpose draws numbers of its own.</param>
    /// <param name="count">Keys a row.</param>
    public static Tensor random_keys(Tensor image_ids, long seed, long iteration, long purpose, long count) =>
        randomKeys.Call(image_ids, seed, iteration, purpose, count);
}
