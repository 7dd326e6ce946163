using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Soft-NMS (Bodla et al., arXiv 1704.04503): a box that overlaps a better one of its class keeps its place, but its score falls.
/// On the host, for each class the candidates above the score threshold; nothing but testing uses it.
/// </summary>
internal sealed class SoftNms
{
    private const float Dropped = -1;

    private readonly bool gaussian;
    private readonly float sigma;
    private readonly float minimumScore;
    private readonly float iouThreshold;
    private readonly float offset;

    private SoftNms(SoftNmsConfig config, double iouThreshold, double offset)
    {
        gaussian = config.Kind.IsGaussian;
        sigma = (float)config.Sigma;
        minimumScore = (float)config.MinimumScore;
        this.iouThreshold = (float)iouThreshold;
        this.offset = (float)offset;
    }

    /// <summary>Null where the configuration wants plain suppression.</summary>
    public static SoftNms? Of(SoftNmsConfig config, ModelConfig model) =>
        config.Kind.IsNone ? null : new SoftNms(config, model.RoIHead.NmsIoU, model.Conventions.BoxOffset);

    /// <param name="found">Boxes and scores of all classes.</param>
    /// <param name="groups">[N, M] int64: boxes of one number lower each other's scores; below 0 they take no part.</param>
    /// <returns>[N, M]: the scores that are left; -1 where a box fell below the least score or took no part.</returns>
    public Tensor Rescore(ClassBoxes found, Tensor groups)
    {
        float[] boxes = ops.to_array<float>(found.Boxes);
        float[] scores = ops.to_array<float>(found.Scores);
        long[] numbers = ops.to_array<long>(groups);
        Dictionary<long, List<int>> members = [];
        for (int row = 0; row < numbers.Length; row++)
        {
            if (numbers[row] >= 0)
            {
                if (!members.TryGetValue(numbers[row], out List<int>? rows))
                    members[numbers[row]] = rows = [];
                rows.Add(row);
            }
        }
        float[] left = new float[scores.Length];
        Array.Fill(left, Dropped);
        foreach (List<int> rows in members.Values)
            Rescore(rows, boxes, scores, left);
        return ops.from_span<float>(left, groups.shape).to(found.Scores.device);
    }

    /// <summary>One class of one image. Equal scores: the earlier row is the better one.</summary>
    /// <param name="rows">Emptied.</param>
    /// <param name="boxes">Four numbers a row.</param>
    /// <param name="scores">Lowered.</param>
    /// <param name="left">Receives the scores that rows have when their turn comes.</param>
    private void Rescore(List<int> rows, float[] boxes, float[] scores, float[] left)
    {
        while (rows.Count > 0)
        {
            int best = rows[0];
            foreach (int row in rows)
                best = scores[row] > scores[best] ? row : best;
            if (scores[best] < minimumScore)
                return;
            left[best] = scores[best];
            rows.Remove(best);
            foreach (int row in rows)
                scores[row] *= Weight(IoU(boxes.AsSpan(4 * best, 4), boxes.AsSpan(4 * row, 4)));
            rows.RemoveAll(row => scores[row] < minimumScore);
        }
    }

    private float Weight(float iou) =>
        gaussian ? MathF.Exp(-iou * iou / sigma)
        : iou > iouThreshold ? 1 - iou
        : 1;

    private float IoU(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float width = Math.Max(0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0]) + offset);
        float height = Math.Max(0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]) + offset);
        float intersection = width * height;
        float union = Area(a) + Area(b) - intersection;
        return union > 0 ? intersection / union : 0;
    }

    private float Area(ReadOnlySpan<float> box) => (box[2] - box[0] + offset) * (box[3] - box[1] + offset);
}
