using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// From anchors to proposals: the best of each level by objectness, decoded and clipped, non-maximum suppression in each level of
/// each image, then the best of the image (or of the batch).
/// </summary>
internal sealed class ProposalSelector
{
    private static readonly double[] UnitStd = [1, 1, 1, 1];

    private readonly RpnConfig rpn;
    private readonly Conventions conventions;
    private readonly BoxCoder coder;

    public ProposalSelector(RpnConfig rpn, Conventions conventions)
    {
        this.rpn = rpn;
        this.conventions = conventions;
        coder = new BoxCoder(UnitStd, conventions);
    }

    /// <param name="output">What the RPN says; no gradient flows through proposals.</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    /// <param name="training">Training counts instead of those of inference.</param>
    public Proposals Select(RpnOutput output, Tensor sizes, bool training)
    {
        using IDisposable noGrad = torch.no_grad();
        output = output.ForBoxes;
        int perLevel = training ? rpn.PreNmsTrain : rpn.PreNmsTest;
        int perImage = training ? rpn.PostNmsTrain : rpn.PostNmsTest;
        (Tensor boxes, Tensor logits, Tensor levels) = Candidates(output, sizes, perLevel);
        Tensor kept = Suppress(boxes, logits, levels, output.LevelCounts.Length);
        Tensor scores = logits.masked_fill(kept.logical_not(), double.NegativeInfinity);

        bool pooled = training && conventions.ProposalsPerBatch;
        long images = scores.shape[0];
        long wanted = pooled ? perImage * images : perImage;
        if (pooled)
            scores = BestOfBatch(scores, wanted);
        (Tensor best, Tensor indices) = scores.topk((int)Math.Min(wanted, scores.shape[1]), 1);
        Tensor valid = best > double.NegativeInfinity;
        if (training && conventions.ProposalsByLevel)
        {
            Tensor place = torch.where(valid, indices, indices + scores.shape[1]).argsort(1);
            (best, indices, valid) = (best.gather(1, place), indices.gather(1, place), valid.gather(1, place));
        }
        return new Proposals(BoxGeometry.Take(boxes, indices), valid, best);
    }

    /// <summary>The best M anchors, level after level: boxes [N, M, 4], logits [N, M], level of each [M] int64.</summary>
    private (Tensor Boxes, Tensor Logits, Tensor Levels) Candidates(RpnOutput output, Tensor sizes, int perLevel)
    {
        int levelCount = output.LevelCounts.Length;
        Tensor[] logits = new Tensor[levelCount];
        Tensor[] indices = new Tensor[levelCount];
        Tensor[] levels = new Tensor[levelCount];
        long start = 0;
        for (int level = 0; level < levelCount; level++)
        {
            long count = output.LevelCounts[level];
            int taken = (int)Math.Min(perLevel, count);
            (logits[level], Tensor index) = output.Logits.narrow(1, start, count).topk(taken, 1);
            indices[level] = index + start;
            levels[level] = torch.full(taken, level, ScalarType.Int64, sizes.device);
            start += count;
        }
        Tensor chosen = torch.cat(indices, 1); // [N, M]
        Tensor deltas = BoxGeometry.Take(output.Deltas, chosen);
        Tensor anchors = output.Anchors.index_select(0, chosen.view(-1)).view(deltas.shape);
        Tensor boxes = BoxGeometry.Clip(coder.Decode(deltas, anchors), sizes, conventions.BoxOffset);
        return (boxes, torch.cat(logits, 1), torch.cat(levels, 0));
    }

    /// <summary>Which candidates survive, [N, M] bool. A box without area does not.</summary>
    private Tensor Suppress(Tensor boxes, Tensor logits, Tensor levels, int levelCount)
    {
        Tensor image = torch.arange(boxes.shape[0], ScalarType.Int64, boxes.device).unsqueeze(1);
        Tensor groups = (image * levelCount + levels.unsqueeze(0)).masked_fill(
            BoxGeometry.HasArea(boxes, conventions.BoxOffset).logical_not(),
            -1
        );
        return ops.nms_keep(
                boxes.view(-1, 4),
                logits.view(-1),
                groups.view(-1),
                rpn.NmsIoU,
                conventions.BoxOffset,
                conventions.SuppressEqual
            )
            .view(logits.shape);
    }

    /// <summary>Only the best of the whole batch keep their score; the others get minus infinity.</summary>
    private static Tensor BestOfBatch(Tensor scores, long wanted)
    {
        Tensor flat = scores.view(-1);
        (_, Tensor indices) = flat.topk((int)Math.Min(wanted, flat.shape[0]), 0);
        Tensor losers = torch
            .ones_like(flat, ScalarType.Bool)
            .scatter_(0, indices, torch.zeros_like(indices, ScalarType.Bool));
        return flat.masked_fill(losers, double.NegativeInfinity).view(scores.shape);
    }
}
