using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// A box head with all that is its own in training: sampler, deviations, loss, statistics. A detector has one, a Cascade R-CNN (Cai and
/// Vasconcelos, arXiv 1712.00726) a row of them, each on the boxes that the one before made of its RoIs.
/// </summary>
internal sealed class BoxStage : IDisposable
{
    private readonly RoIHead head;
    private readonly RoISampler sampler;
    private readonly RoILoss loss;
    private readonly DeviceStatistics statistics;
    private readonly BoxCoder coder;
    private readonly int boxOffset;
    private readonly double lossWeight;

    /// <param name="config">The detector's.</param>
    /// <param name="place">Of the stage, from 0.</param>
    /// <param name="layout">What the head's rows are.</param>
    /// <param name="head">Its layers; the detector's.</param>
    public BoxStage(ModelConfig config, int place, ClassLayout layout, RoIHead head)
    {
        RoIHeadConfig own = config.Stages[place];
        this.head = head;
        sampler = new RoISampler(own, config.Conventions, place);
        loss = new RoILoss(layout, own, config.Conventions);
        statistics = new DeviceStatistics(own, config.Conventions);
        coder = new BoxCoder(own.BoxCoderStd, config.Conventions);
        boxOffset = config.Conventions.BoxOffset;
        lossWeight = place == 0 ? 1 : config.Cascade.LossWeights[place - 1];
    }

    /// <summary>What the head says about proposals.</summary>
    public BoxHeadOutput Describe(Tensor[] features, Proposals proposals) =>
        head.Describe(features, proposals.Boxes, proposals.Valid);

    /// <param name="features">P_first .. P6, each [N, C, H, W].</param>
    /// <param name="proposals">[N, P, 4], and which are valid.</param>
    /// <param name="truth">Harmless padding, see <see cref="PaddedTruth"/>.</param>
    /// <param name="setting">Threshold, beta and schedule.</param>
    /// <param name="input">Ids and sizes of the images.</param>
    /// <param name="seed">What the sampling is drawn from.</param>
    /// <param name="grid">Ranks at which a later replay wants the statistics too; null: none.</param>
    public TrainedStage Train(
        Tensor[] features,
        (Tensor Boxes, Tensor Valid) proposals,
        GroundTruth truth,
        StageSetting setting,
        ImageInput input,
        SamplingSeed seed,
        StatisticsGrid? grid
    )
    {
        Candidates candidates = sampler.Match(proposals.Boxes, proposals.Valid, truth);
        SampledRoIs rois = sampler.Draw(candidates, truth, setting.IoUThreshold, input.ImageIds, seed);
        StatisticTensors measured = statistics.Measure(
            setting.Dynamic,
            grid,
            candidates,
            truth,
            rois,
            setting.IoUThreshold
        );
        BoxHeadOutput said = head.Describe(features, rois.Boxes, rois.Valid);
        return new TrainedStage(
            new StageOutput(loss.Compute(said, rois, setting.Beta), measured, lossWeight),
            candidates,
            rois,
            said
        );
    }

    /// <summary>The proposals of the next stage: the sampled RoIs at the boxes that the head gave them, appended ground truth left out.</summary>
    /// <returns>[N, S, 4] without a graph, and which are valid.</returns>
    public (Tensor Boxes, Tensor Valid) Refined(TrainedStage trained, Tensor sizes)
    {
        using IDisposable unrecorded = torch.no_grad();
        Tensor boxes = Refined(trained.Said.ForBoxes.Deltas, trained.RoIs.Boxes, sizes);
        // A head that has diverged ends the run by its losses, not by boxes that are no numbers.
        Tensor finite = boxes.isfinite().all(-1);
        return (
            boxes.masked_fill(finite.logical_not().unsqueeze(-1), 0),
            trained.RoIs.Valid & trained.Candidates.AreProposals(trained.RoIs.Rows) & finite
        );
    }

    /// <summary>Boxes at the class-agnostic deltas from the references, clipped to their image.</summary>
    /// <param name="deltas">[N * P, 4] float32.</param>
    /// <param name="references">[N, P, 4].</param>
    /// <param name="sizes">[N, 2], (height, width).</param>
    public Tensor Refined(Tensor deltas, Tensor references, Tensor sizes) =>
        BoxGeometry.Clip(coder.Decode(deltas.view(references.shape), references), sizes, boxOffset);

    public void Dispose()
    {
        statistics.Dispose();
        loss.Dispose();
    }
}

/// <summary>A stage after its forward pass in training.</summary>
/// <param name="Output">What leaves the detector.</param>
/// <param name="Candidates">What was sampled from.</param>
/// <param name="RoIs">What was sampled.</param>
/// <param name="Said">What the head says about it.</param>
internal sealed record TrainedStage(StageOutput Output, Candidates Candidates, SampledRoIs RoIs, BoxHeadOutput Said);
