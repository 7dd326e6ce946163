namespace DynamicRcnn.Model.Kernels;

public static partial class ops
{
    /// <summary>Pools each RoI to a grid by bilinear samples (He et al. 2017).</summary>
    /// <param name="input">[N, C, H, W] float32, float64 or bfloat16; on a GPU float16 too.</param>
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
    ) =>
        RoIAlignFunction.Call(
            DeviceKernels.Of(nameof(roi_align), input),
            input,
            rois,
            new RoIAlignOptions(spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned)
        );

    /// <summary>RoIAlign, not recorded, into rows that are there: those of the other RoIs, the padding rows, stay as they are.</summary>
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
    )
    {
        long[] shape = pooled.shape;
        Refusal.UnlessShape(shape.Length == 4, $"{nameof(roi_align_into)}: pooled", "[R, C, rows, columns]", pooled);
        RoIAlignFunction.Into(
            DeviceKernels.Of(nameof(roi_align_into), input),
            pooled,
            input,
            rois,
            new RoIAlignOptions(spatial_scale, shape[2], shape[3], sampling_ratio, aligned)
        );
    }

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
    ) =>
        new Suppression(DeviceKernels.Of(nameof(nms), boxes), nameof(nms), iou_threshold, offset, suppress_equal).Kept(
            boxes,
            scores,
            groups: null
        );

    /// <summary>As <see cref="nms"/>, but boxes of different groups (int64 [B]) never suppress each other.</summary>
    public static Tensor batched_nms(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) =>
        new Suppression(
            DeviceKernels.Of(nameof(batched_nms), boxes),
            nameof(batched_nms),
            iou_threshold,
            offset,
            suppress_equal
        ).Kept(boxes, scores, groups);

    /// <summary>bool [B]: which rows survive; the shape does not depend on the values. A group below 0 marks a padding row, never kept.</summary>
    public static Tensor nms_keep(
        Tensor boxes,
        Tensor scores,
        Tensor groups,
        double iou_threshold,
        double offset = 0,
        bool suppress_equal = false
    ) =>
        new Suppression(
            DeviceKernels.Of(nameof(nms_keep), boxes),
            nameof(nms_keep),
            iou_threshold,
            offset,
            suppress_equal
        ).Mask(boxes, scores, groups);

    /// <summary>int64 [N, count] sort keys, unique in a row, a function of the arguments alone (Philox4x32-10).</summary>
    /// <param name="image_ids">int64 [N].</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="iteration">int64 [1]: the iteration, beside the ids.</param>
    /// <param name="purpose">What the keys are for; each purpose draws numbers of its own.</param>
    /// <param name="count">Keys a row.</param>
    public static Tensor random_keys(Tensor image_ids, long seed, Tensor iteration, long purpose, long count) =>
        RandomKeys.Make(
            DeviceKernels.Of(nameof(random_keys), image_ids),
            image_ids,
            new KeyDraw(seed, iteration, purpose, count)
        );
}
