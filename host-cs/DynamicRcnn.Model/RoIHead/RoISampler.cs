using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>Chooses the RoIs that train the box head, at the IoU threshold that it is given.</summary>
internal sealed class RoISampler
{
    private readonly bool truthFirst;
    private readonly BoxAssigner assigner;
    private readonly BoxCoder coder;
    private readonly Sampler sampler;

    /// <param name="head">Counts, and the stage's deviations.</param>
    /// <param name="conventions">Of the profile.</param>
    /// <param name="stage">Place of the box head in a cascade, from 0: each draws from streams of its own.</param>
    public RoISampler(RoIHeadConfig head, Conventions conventions, int stage = 0)
    {
        truthFirst = conventions.TruthFirst;
        assigner = new BoxAssigner(conventions.BoxOffset);
        coder = new BoxCoder(head.BoxCoderStd, conventions);
        sampler = new Sampler(
            head.RoIsPerImage,
            head.PositiveFraction,
            SamplingPurpose.RoIPositives + (2 * stage),
            SamplingPurpose.RoINegatives + (2 * stage),
            conventions.SamplingOrder
        );
    }

    /// <summary>Puts the ground truth behind the proposals, or before them, and matches all of them.</summary>
    /// <param name="proposals">[N, P, 4]: the RPN's, or what the stage before made of its RoIs.</param>
    /// <param name="valid">[N, P] bool.</param>
    /// <param name="truth">Harmless padding, see <see cref="PaddedTruth"/>.</param>
    public Candidates Match(Tensor proposals, Tensor valid, GroundTruth truth)
    {
        Tensor boxes = Joined(proposals, truth.Boxes);
        BestTruth best = assigner.Assign(boxes, truth.Boxes);
        return new Candidates(
            boxes,
            Joined(valid, truth.Valid),
            truthFirst ? truth.Boxes.shape[1] : 0,
            proposals.shape[1],
            best.IoU,
            best.Matched
        );
    }

    private Tensor Joined(Tensor proposals, Tensor truth) =>
        torch.cat(truthFirst ? [truth, proposals] : [proposals, truth], 1);

    /// <summary>Positive from the threshold on, background below it: there is no band in between.</summary>
    /// <param name="candidates">Matched candidates.</param>
    /// <param name="truth">The ground truth that they were matched with.</param>
    /// <param name="iouThreshold">0-dimensional.</param>
    /// <param name="imageIds">[N] int64.</param>
    /// <param name="seed">Seed and iteration.</param>
    public SampledRoIs Draw(
        Candidates candidates,
        GroundTruth truth,
        Tensor iouThreshold,
        Tensor imageIds,
        SamplingSeed seed
    )
    {
        Tensor reaches = candidates.IoU >= iouThreshold;
        Sample sample = sampler.Draw(
            candidates.Valid & reaches,
            candidates.Valid & reaches.logical_not(),
            imageIds,
            seed
        );
        Tensor boxes = BoxGeometry.Take(candidates.Boxes, sample.Indices);
        Tensor matched = candidates.Matched.gather(1, sample.Indices);
        Tensor targets = coder.Encode(BoxGeometry.Take(truth.Boxes, matched), boxes);
        return new SampledRoIs(
            boxes,
            truth.Labels.gather(1, matched),
            targets.masked_fill(sample.Positive.logical_not().unsqueeze(-1), 0),
            sample.Positive,
            sample.Valid,
            sample.Indices
        );
    }
}
