using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

// Letters: N images, P proposals, K classes, D detections per image.

/// <summary>
/// From the box head's outputs to detections: threshold, suppression within a class or over all, best of the image. What happens at equal
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

    /// <summary>Scores and clipped boxes of all classes.</summary>
    /// <param name="probabilities">[R, K + 1] float32 of the proposals, R = N * P rows.</param>
    /// <param name="deltas">[R, 4 * boxes] float32.</param>
    /// <param name="proposals">[N, P, 4] and which are valid.</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    public ClassBoxes Decode(Tensor probabilities, Tensor deltas, Proposals proposals, Tensor sizes)
    {
        (long images, long count) = (proposals.Boxes.shape[0], proposals.Boxes.shape[1]);
        long classes = layout.ClassCount;
        Tensor scores = probabilities.narrow(1, layout.FirstForegroundRow, classes).reshape(images, count * classes); // [N, P*K]
        Tensor boxes = Boxes(deltas, proposals.Boxes, sizes); // [N, P*K, 4]
        Tensor valid = proposals.Valid.unsqueeze(2).expand(images, count, classes).reshape(images, count * classes);
        return new ClassBoxes(boxes, scores, valid);
    }

    /// <param name="found">Scores and boxes of all classes.</param>
    /// <param name="softNms">Lowers scores where plain suppression drops boxes; null: plain.</param>
    /// <param name="scales">[N, 2] pixels of the boxes for one of the image along (x, y); null: the image's own pixels.</param>
    /// <param name="acrossClasses">Whether a box is suppressed by a better one of any class.</param>
    /// <returns>D is DetectionsPerImage, or M when that is less; more only where the profile keeps ties at the cap.</returns>
    public Detections Select(ClassBoxes found, SoftNms? softNms, Tensor? scales, bool acrossClasses = false)
    {
        Tensor groups = Groups(found.Valid & (found.Scores > head.ScoreThreshold), acrossClasses);
        ClassBoxes compared = found with { Boxes = Compared(found.Boxes, scales) };
        Tensor scores = softNms is null ? Suppress(compared, groups) : softNms.Rescore(compared, groups);
        (Tensor best, Tensor indices) = Best(scores);
        if (conventions.ResultsByClass)
            (best, indices) = ByClass(best, indices, scores.shape[1]);
        return new Detections(
            BoxGeometry.Take(found.Boxes, indices),
            best.clamp_min(0),
            indices % layout.ClassCount,
            best >= 0
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

    /// <summary>The same detections, class after class, what is missing last.</summary>
    private (Tensor Scores, Tensor Rows) ByClass(Tensor best, Tensor rows, long count)
    {
        Tensor byClass = rows % layout.ClassCount * count + rows;
        Tensor place = torch.where(best >= 0, byClass, byClass + layout.ClassCount * count).argsort(1);
        return (best.gather(1, place), rows.gather(1, place));
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
        Tensor all = deltas.view(images, count, layout.BoxCount, 4);
        Tensor foreground = layout.ClassAgnostic
            ? all.expand(images, count, layout.ClassCount, 4)
            : all.narrow(2, layout.FirstForegroundRow, layout.ClassCount);
        Tensor boxes = coder.Decode(foreground, proposals.unsqueeze(2)); // [N, P, K, 4]
        return BoxGeometry.Clip(boxes.reshape(images, -1, 4), sizes, conventions.BoxOffset);
    }

    /// <summary>A number for each image and class, or each image alone, [N, M]; -1 where a box is no candidate.</summary>
    private Tensor Groups(Tensor candidate, bool acrossClasses)
    {
        Tensor image = torch.arange(candidate.shape[0], ScalarType.Int64, candidate.device).unsqueeze(1);
        if (acrossClasses)
            return image.expand(candidate.shape).masked_fill(candidate.logical_not(), -1);
        Tensor label =
            torch.arange(candidate.shape[1], ScalarType.Int64, candidate.device).unsqueeze(0) % layout.ClassCount;
        return (image * layout.ClassCount + label).masked_fill(candidate.logical_not(), -1);
    }

    /// <summary>The scores, -1 where a box is suppressed or no candidate: [N, M].</summary>
    private Tensor Suppress(ClassBoxes found, Tensor groups)
    {
        Tensor kept = ops.nms_keep(
            found.Boxes.view(-1, 4),
            found.Scores.view(-1),
            groups.view(-1),
            head.NmsIoU,
            conventions.BoxOffset,
            conventions.SuppressEqual
        );
        return found.Scores.masked_fill(kept.view(groups.shape).logical_not(), -1);
    }
}
