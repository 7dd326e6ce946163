namespace DynamicRcnn.Model;

/// <summary>
/// 1 - generalised IoU (Rezatofighi et al., CVPR 2019) of boxes in pixels, which has a gradient also where boxes do not meet: with
/// intersection I, union U and enclosing box C, 1 - I / U + (C - U) / C. As torchvision's generalized_box_iou_loss.
/// </summary>
internal static class GIoULoss
{
    /// <summary>torchvision's and MMDetection's: no division by zero where boxes have no area.</summary>
    private const double Epsilon = 1e-7;

    /// <param name="boxes">[R, 4], predictions; with a graph.</param>
    /// <param name="truths">[R, 4].</param>
    /// <param name="offset">Added to widths and heights.</param>
    /// <returns>[R], 0 to 2.</returns>
    public static Tensor Each(Tensor boxes, Tensor truths, double offset)
    {
        Tensor[] a = boxes.unbind(-1);
        Tensor[] b = truths.unbind(-1);
        Tensor intersection = torch.ones_like(a[0]);
        Tensor enclosing = torch.ones_like(a[0]);
        for (int axis = 0; axis < 2; axis++)
        {
            Tensor start = torch.maximum(a[axis], b[axis]);
            Tensor end = torch.minimum(a[axis + 2], b[axis + 2]);
            intersection = intersection * (end - start + offset).clamp_min(0);
            Tensor first = torch.minimum(a[axis], b[axis]);
            Tensor last = torch.maximum(a[axis + 2], b[axis + 2]);
            enclosing = enclosing * (last - first + offset);
        }
        Tensor union = Area(a, offset) + Area(b, offset) - intersection;
        Tensor overlap = intersection / (union + Epsilon);
        return 1 - overlap + ((enclosing - union) / (enclosing + Epsilon));
    }

    private static Tensor Area(Tensor[] box, double offset) => (box[2] - box[0] + offset) * (box[3] - box[1] + offset);
}
