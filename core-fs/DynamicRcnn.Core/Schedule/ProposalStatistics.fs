namespace DynamicRcnn.Core

/// Raw statistics as they leave the detector, float32 as computed there.
///
/// A value whose mask is false was not measured and is never read. The number of entries depends on the rule:
/// ProposalsOnly: one per image, in image order, in both halves.
/// Official: one per forward pass in both halves.
/// MMDetection: TopIoUs one per image (an image without ground truth: 0, measured), LowErrors one per forward pass.
type RawStatistics = {
    /// K_I-th largest IoUs.
    TopIoUs: float32[]
    /// K_E-th smallest errors (|t_x| + |t_y|) / 2, in box-coder units.
    LowErrors: float32[]
    TopIoUMeasured: bool[]
    LowErrorMeasured: bool[]
}

/// The two statistics of one iteration.
type BatchStatistics = { TopIoU: float; LowError: float }

/// Where a published program would crash, ours says so and keeps its setting.
[<RequireQualifiedAccess>]
type ScheduleFault =
    | NoFault
    /// Official: fewer proposals than the rank K_I x images. MMDetection: an image without any proposal.
    | TooFewProposals
    /// Official: an update whose window holds too few errors to take element C / 2.
    | WindowTooShort of Iteration: int * EntryCount: int * RequiredCount: int
    /// The raw statistics do not have the shape that the rule asks for: a fault of the caller.
    | MalformedStatistics

/// Why an executed iteration has no statistics.
[<RequireQualifiedAccess>]
type UnmeasuredReason =
    /// No image has both a usable ground truth and proposals.
    | NoContributingImage
    /// A statistic is NaN or infinite.
    | NonFiniteStatistic

/// Why an iteration was not executed.
[<RequireQualifiedAccess>]
type SkipReason =
    /// The batch holds an image without boxes (Official skips it whole).
    | ImageWithoutBoxes
    /// No image of the batch could be used.
    | NoUsableImage

/// One image's proposals, as the plain reference of the detector's statistics reads them. G ground truths, P proposals.
type ImageProposals = {
    /// [G, P] IoU of ground truth g with proposal p.
    IoUs: float32[,]
    /// [G, P] (|t_x| + |t_y|) / 2 of proposal p encoded against ground truth g, in box-coder units.
    Errors: float32[,]
    /// [P] whether the proposal is an appended ground truth.
    IsGroundTruth: bool[]
    /// [P] whether the sampler drew it as a positive (read by MMDetection alone).
    IsSampledPositive: bool[]
}

/// What one iteration contributes to the schedule.
[<RequireQualifiedAccess>]
type BatchOutcome =
    | Measured of Statistics: BatchStatistics
    /// MMDetection: no sampled positive, so no error; the IoU half still counts (as version 3 does; version 2 crashes).
    | TopIoUOnly of TopIoU: float
    /// Executed, but without statistics.
    | Unmeasured of UnmeasuredReason: UnmeasuredReason
    /// Not executed: no forward pass, no optimiser step, no step of the learning rate.
    | Skipped of SkipReason: SkipReason
    /// The published program would have crashed here.
    | Faulted of ScheduleFault: ScheduleFault

/// The statistics of one iteration under each rule (docs/method.md). Sources: hkzhang95/DynamicRCNN network.py,
/// MMDetection dynamic_roi_head.py. Ranks are taken in the detector; here entries become one outcome.
[<RequireQualifiedAccess>]
module ProposalStatistics =

    /// The measured entries as float64, in order.
    let private measured (values: float32[]) (mask: bool[]) : float[] =
        Array.zip values mask |> Array.filter snd |> Array.map (fst >> float)

    /// Every operand is an entry of one iteration; there is at least one.
    let private meanInOrder (values: float[]) : float =
        Summation.leftToRight values / float values.Length

    let private allMeasured (mask: bool[]) : bool = mask.Length > 0 && Array.forall id mask

    let private isFinite (values: float[]) : bool =
        Array.forall System.Double.IsFinite values

    /// Stands for a half that was not measured; statistics themselves are never negative.
    let notMeasured = -1.0

    /// Mean over the images in which both halves exist. An image with proposals of which none reaches the floor
    /// threshold has no error, and then its IoU does not count either: both halves describe the same images.
    let private proposalsOnly (raw: RawStatistics) : BatchStatistics =
        let contributing = Array.map2 (&&) raw.TopIoUMeasured raw.LowErrorMeasured

        if Array.exists id contributing then
            {
                TopIoU = meanInOrder (measured raw.TopIoUs contributing)
                LowError = meanInOrder (measured raw.LowErrors contributing)
            }
        else
            {
                TopIoU = notMeasured
                LowError = notMeasured
            }

    /// One forward pass is one batch of the published code; with accumulation the passes' mean enters.
    let private official (raw: RawStatistics) : BatchStatistics =
        let mean (values: float32[]) (mask: bool[]) : float =
            if allMeasured mask then
                meanInOrder (Array.map float values)
            else
                notMeasured

        {
            TopIoU = mean raw.TopIoUs raw.TopIoUMeasured
            LowError = mean raw.LowErrors raw.LowErrorMeasured
        }

    let private mmDetection (raw: RawStatistics) : BatchStatistics =
        let lowErrors = measured raw.LowErrors raw.LowErrorMeasured

        {
            TopIoU =
                if allMeasured raw.TopIoUMeasured then
                    Summation.mean (Array.map float raw.TopIoUs)
                else
                    notMeasured
            LowError =
                if lowErrors.Length > 0 then
                    meanInOrder lowErrors
                else
                    notMeasured
        }

    /// The two halves of an iteration, each on its own; `notMeasured` where there is none. Neither depends on the other's
    /// values, only on which of its entries were measured.
    let internal halves (rule: StatisticsRule) (raw: RawStatistics) : BatchStatistics =
        match rule with
        | StatisticsRule.ProposalsOnly -> proposalsOnly raw
        | StatisticsRule.Official -> official raw
        | StatisticsRule.MMDetection -> mmDetection raw

    /// What the halves of an executed iteration mean to the schedule.
    let internal ofHalves (rule: StatisticsRule) (statistics: BatchStatistics) : BatchOutcome =
        let hasTopIoU = statistics.TopIoU <> notMeasured
        let hasLowError = statistics.LowError <> notMeasured

        match rule with
        | StatisticsRule.ProposalsOnly when not hasTopIoU || not hasLowError ->
            BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage
        | StatisticsRule.Official when not hasTopIoU || not hasLowError ->
            BatchOutcome.Faulted ScheduleFault.TooFewProposals
        | StatisticsRule.MMDetection when not hasTopIoU -> BatchOutcome.Faulted ScheduleFault.TooFewProposals
        | StatisticsRule.MMDetection when not hasLowError && System.Double.IsFinite statistics.TopIoU ->
            BatchOutcome.TopIoUOnly statistics.TopIoU
        | _ when isFinite [| statistics.TopIoU; statistics.LowError |] && hasLowError ->
            BatchOutcome.Measured statistics
        | _ -> BatchOutcome.Unmeasured UnmeasuredReason.NonFiniteStatistic

    /// Whether the raw statistics have the shape that the rule asks for.
    let internal isWellFormed (rule: StatisticsRule) (raw: RawStatistics) : bool =
        raw.TopIoUs.Length = raw.TopIoUMeasured.Length
        && raw.LowErrors.Length = raw.LowErrorMeasured.Length
        && (rule <> StatisticsRule.ProposalsOnly
            || raw.TopIoUs.Length = raw.LowErrors.Length)

    /// One outcome from the raw statistics of an iteration. NaN and infinity never leave this function.
    let outcome (config: DynamicConfig) (raw: RawStatistics) : BatchOutcome =
        if isWellFormed config.Rule raw then
            ofHalves config.Rule (halves config.Rule raw)
        else
            BatchOutcome.Faulted ScheduleFault.MalformedStatistics

    /// The ground truth with the largest IoU, the first of equals; -1 without ground truth.
    let private bestGroundTruth (ious: float32[,]) (proposal: int) : int =
        let mutable best = -1

        for g in 0 .. Array2D.length1 ious - 1 do
            if best < 0 || ious[g, proposal] > ious[best, proposal] then
                best <- g

        best

    /// (value, measured): the rank-th smallest (1-based), or nothing when there are fewer values.
    let private ranked (rank: int) (values: float32[]) : float32 * bool =
        if rank < 1 || rank > values.Length then
            0.0f, false
        else
            (Array.sort values)[rank - 1], true

    let private largest (rank: int) (values: float32[]) : float32 * bool =
        ranked (if rank < 1 then 0 else values.Length - rank + 1) values

    let private rawOf (topIoUs: (float32 * bool)[]) (lowErrors: (float32 * bool)[]) : RawStatistics = {
        TopIoUs = Array.map fst topIoUs
        LowErrors = Array.map fst lowErrors
        TopIoUMeasured = Array.map snd topIoUs
        LowErrorMeasured = Array.map snd lowErrors
    }

    /// Value of each proposal against the ground truth that `choose proposal` names.
    let private against (matrix: float32[,]) (proposals: int[]) (choose: int -> int) : float32[] =
        proposals |> Array.map (fun p -> matrix[choose p, p])

    let private proposalsOnlyReference (config: DynamicConfig) (images: ImageProposals[]) : RawStatistics =
        let one (image: ImageProposals) : (float32 * bool) * (float32 * bool) =
            let best = bestGroundTruth image.IoUs
            let hasGroundTruth = Array2D.length1 image.IoUs > 0

            let own = [|
                for p in 0 .. image.IsGroundTruth.Length - 1 do
                    if hasGroundTruth && not image.IsGroundTruth[p] then
                        p
            |]

            let usable =
                own |> Array.filter (fun p -> image.IoUs[best p, p] >= float32 config.FloorIoU)

            let rank count =
                ImageRank.ofImage config.RankScaling count (Array2D.length1 image.IoUs)

            largest (min (rank config.TopIoUCount) own.Length) (against image.IoUs own best),
            ranked (min (rank config.LowErrorCount) usable.Length) (against image.Errors usable best)

        let halves = Array.map one images
        rawOf (Array.map fst halves) (Array.map snd halves)

    let private officialReference
        (config: DynamicConfig)
        imagesPerPass
        (iouThreshold: float32)
        (images: ImageProposals[])
        =
        /// The best ground truth when it reaches the threshold, ground truth 0 otherwise.
        let matched (image: ImageProposals) (proposal: int) : int =
            let best = bestGroundTruth image.IoUs proposal

            if best >= 0 && image.IoUs[best, proposal] >= iouThreshold then
                best
            else
                0

        let pooled (select: ImageProposals -> float32[,]) : float32[] =
            images
            |> Array.filter (fun image -> Array2D.length1 image.IoUs > 0)
            |> Array.collect (fun image ->
                against (select image) [| 0 .. image.IsGroundTruth.Length - 1 |] (matched image))

        let errors = pooled _.Errors

        rawOf [| largest (config.TopIoUCount * imagesPerPass) (pooled _.IoUs) |] [|
            ranked (min (config.LowErrorCount * imagesPerPass) errors.Length) errors
        |]

    let private mmDetectionReference (config: DynamicConfig) (images: ImageProposals[]) : RawStatistics =
        let maxIoUs (image: ImageProposals) : float32[] =
            let best = bestGroundTruth image.IoUs
            Array.init image.IsGroundTruth.Length (fun p -> if best p < 0 then 0.0f else image.IoUs[best p, p])

        let positiveErrors (image: ImageProposals) : float32[] =
            let best = bestGroundTruth image.IoUs

            let positives = [|
                for p in 0 .. image.IsSampledPositive.Length - 1 do
                    if image.IsSampledPositive[p] && best p >= 0 then
                        p
            |]

            against image.Errors positives best

        let errors = Array.collect positiveErrors images

        rawOf
            (images
             |> Array.map (fun image -> maxIoUs image |> fun ious -> largest (min config.TopIoUCount ious.Length) ious))
            [| ranked (min (config.LowErrorCount * images.Length) errors.Length) errors |]

    /// The raw statistics computed plainly from IoUs and errors: the oracle of the detector's own.
    ///
    /// `imagesPerPass`: configured images of one forward pass; Official multiplies both ranks by it, whatever the actual
    /// number, and reads its ground truth 0 for every proposal below `iouThreshold`. Ranks under ProposalsOnly are
    /// scaled as configured and clamped to what an image has; under MMDetection the IoU is per image and K_E is multiplied by the actual number.
    /// Official and MMDetection count appended ground truth (the caller appends it), ProposalsOnly leaves it out.
    /// Thresholds are compared in float32, as tensors are.
    let ofIoUs
        (config: DynamicConfig, imagesPerPass: int, iouThreshold: float, images: ImageProposals[])
        : RawStatistics =
        match config.Rule with
        | StatisticsRule.ProposalsOnly -> proposalsOnlyReference config images
        | StatisticsRule.Official -> officialReference config imagesPerPass (float32 iouThreshold) images
        | StatisticsRule.MMDetection -> mmDetectionReference config images

    /// One sentence for a log or an error message.
    let describeFault (fault: ScheduleFault) : string =
        match fault with
        | ScheduleFault.NoFault -> "no fault"
        | ScheduleFault.TooFewProposals ->
            "the schedule's IoU statistic needs more proposals than the batch has, where the published code crashes; "
            + "lower dynamic.topIoUCount or keep more proposals (model.rpn.postNmsTrain)"
        | ScheduleFault.WindowTooShort(iteration, entryCount, requiredCount) ->
            $"the update at iteration {iteration} needs at least {requiredCount} recorded errors but has {entryCount}, where "
            + "the published code crashes; too many batches were skipped for images without boxes"
        | ScheduleFault.MalformedStatistics -> "the statistics and their masks differ in length"
