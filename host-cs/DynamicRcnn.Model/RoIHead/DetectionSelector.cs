using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, K classes, D detections per image.

/// <summary>
/// From the box head's outputs to detections: threshold, suppression within a class, best of the image. What happens at equal
/// scores, in which pixels boxes are compared and how the result is ordered is the profile's.
/// </summary>
internal sealed class DetectionSelector
{
    private readonly RoIHeadConfig head;
    private readonly Conventions conventions;
    private readonly ClassLayout layout;
    private readonly BoxCoder coder;

    public DetectionSelector(RoIHeadConfig head, Conventions conventions, ClassLayout layout)
    {
        this.head = head;
        this.conventions = conventions;
        this.layout = layout;
        coder = new BoxCoder(head.BoxCoderStd, conventions);
    }

    /// <param name="output">The head's outputs of the proposals, R = N * P rows.</param>
    /// <param name="proposals">[N, P, 4] and which are valid.</param>
    /// <param name="input">The images' sizes and scales.</param>
    /// <returns>
    /// In network pixels. D is DetectionsPerImage, or P * K when that is less; more only where the profile keeps ties at the cap.
    /// </returns>
    public Detections Select(BoxHeadOutput output, Proposals proposals, ImageInput input)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        (long images, long count) = (proposals.Boxes.shape[0], proposals.Boxes.shape[1]);
        long classes = layout.ClassCount;
        Tensor scores = output
            .Logits.softmax(1)
            .narrow(1, layout.FirstForegroundRow, classes)
            .reshape(images, count * classes); // [N, P*K]
        Tensor boxes = Boxes(output.Deltas, proposals.Boxes, input.Sizes); // [N, P*K, 4]
        Tensor valid = proposals.Valid.unsqueeze(2).expand(images, count, classes).reshape(images, count * classes);
        Tensor kept = Suppress(Compared(boxes, input.Scales), scores, valid & (scores > head.ScoreThreshold));
        (Tensor best, Tensor indices) = Best(scores.masked_fill(kept.logical_not(), -1));
        if (conventions.ResultsByClass)
        {
            Tensor byClass = indices % classes * scores.shape[1] + indices;
            Tensor place = torch.where(best >= 0, byClass, byClass + classes * scores.shape[1]).argsort(1);
            (best, indices) = (best.gather(1, place), indices.gather(1, place));
        }
        return new Detections(
            scope.MoveToOuter(BoxGeometry.Take(boxes, indices)),
            scope.MoveToOuter(best.clamp_min(0)),
            scope.MoveToOuter(indices % classes),
            scope.MoveToOuter(best >= 0)
        );
    }

    /// <summary>The best scores of each image and their rows; -1 where there are fewer.</summary>
    private (Tensor Scores, Tensor Rows) Best(Tensor scores)
    {
        int taken = (int)Math.Min(head.DetectionsPerImage, scores.shape[1]);
        (Tensor best, Tensor rows) = scores.topk(taken, 1);
        if (!conventions.KeepTiesAtCap)
            return (best, rows);
        Tensor last = best.narrow(1, taken - 1, 1); // [N, 1]
        Tensor reached = scores.ge(last) & scores.ge(0);
        // The one number that leaves the device here: ties make the result longer than any configuration says.
        long most = reached.sum(1).max().item<long>();
        return scores.masked_fill(reached.logical_not(), -1).topk((int)Math.Max(most, taken), 1);
    }

    /// <summary>The boxes in the pixels in which suppression compares them.</summary>
    private Tensor Compared(Tensor boxes, Tensor? scales) =>
        conventions.RescaleBeforeNms && scales is not null
            ? boxes / torch.cat([scales, scales], 1).unsqueeze(1)
            : boxes;

    /// <summary>Each proposal's box of each class, clipped: [N, P*K, 4].</summary>
    private Tensor Boxes(Tensor deltas, Tensor proposals, Tensor sizes)
    {
        (long images, long count) = (proposals.shape[0], proposals.shape[1]);
        Tensor foreground = deltas
            .view(images, count, layout.BoxCount, 4)
            .narrow(2, layout.FirstForegroundRow, layout.ClassCount);
        Tensor boxes = coder.Decode(foreground, proposals.unsqueeze(2)); // [N, P, K, 4]
        return BoxGeometry.Clip(boxes.reshape(images, -1, 4), sizes, conventions.BoxOffset);
    }

    private Tensor Suppress(Tensor boxes, Tensor scores, Tensor candidate)
    {
        Tensor image = torch.arange(scores.shape[0], ScalarType.Int64, scores.device).unsqueeze(1);
        Tensor label = torch.arange(scores.shape[1], ScalarType.Int64, scores.device).unsqueeze(0) % layout.ClassCount;
        Tensor groups = (image * layout.ClassCount + label).masked_fill(candidate.logical_not(), -1);
        return ops.nms_keep(
                boxes.view(-1, 4),
                scores.view(-1),
                groups.view(-1),
                head.NmsIoU,
                conventions.BoxOffset,
                conventions.SuppressEqual
            )
            .view(scores.shape);
    }
}
