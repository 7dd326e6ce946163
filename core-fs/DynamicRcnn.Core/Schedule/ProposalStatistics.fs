namespace DynamicRcnn.Core

open System
open System.Collections.Generic

/// The statistics of one iteration as they leave the detector, float32 as computed there; none where nothing was measured.
///
/// The number of entries depends on the rule:
/// ProposalsOnly: one per image, in image order, in both halves.
/// Official: one per forward pass in both halves.
/// MMDetection: TopIoUs one per image (an image without ground truth: 0, measured), LowErrors one per forward pass.
type RawStatistics = {
    /// K_I-th largest IoUs.
    TopIoUs: float32 voption[]
    /// K_E-th smallest errors (|t_x| + |t_y|) / 2, in box-coder units.
    LowErrors: float32 voption[]
} with

    /// For C#: null where an entry was not measured.
    static member Of
        (topIoUs: IReadOnlyList<Nullable<float32>>, lowErrors: IReadOnlyList<Nullable<float32>>)
        : RawStatistics =
        let entries = Seq.map ValueOption.ofNullable >> Seq.toArray

        {
            TopIoUs = entries topIoUs
            LowErrors = entries lowErrors
        }

/// The two statistics of one iteration.
type BatchStatistics = { TopIoU: float; LowError: float }

/// Where a published program would crash, ours says so and keeps its setting.
[<RequireQualifiedAccess>]
type ScheduleFault =
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

    /// The two halves of an iteration, each on its own; none where it was not measured.
    [<Struct>]
    type internal Halves = {
        TopIoU: float voption
        LowError: float voption
    }

    /// The measured entries as float64, in order.
    let private measured (entries: float32 voption[]) : float[] =
        entries |> Array.choose (ValueOption.map float >> ValueOption.toOption)

    /// The mean of one iteration's entries in the given order; none of none.
    let private mean (sum: float[] -> float) (values: float[]) : float voption =
        if values.Length = 0 then
            ValueNone
        else
            ValueSome(sum values / float values.Length)

    let private meanInOrder = mean Summation.leftToRight

    /// Only where every entry was measured.
    let private unlessMissing (mean: float[] -> float voption) (entries: float32 voption[]) : float voption =
        if Array.forall ValueOption.isSome entries then
            mean (measured entries)
        else
            ValueNone

    /// Mean over the images in which both halves exist. An image with proposals of which none reaches the floor
    /// threshold has no error, and then its IoU does not count either: both halves describe the same images.
    let private proposalsOnly (raw: RawStatistics) : Halves =
        let both =
            Array.zip raw.TopIoUs raw.LowErrors
            |> Array.filter (fun (topIoU, lowError) -> ValueOption.isSome topIoU && ValueOption.isSome lowError)

        {
            TopIoU = both |> Array.map fst |> measured |> meanInOrder
            LowError = both |> Array.map snd |> measured |> meanInOrder
        }

    /// One forward pass is one batch of the published code; with accumulation the passes' mean enters.
    let private official (raw: RawStatistics) : Halves = {
        TopIoU = unlessMissing meanInOrder raw.TopIoUs
        LowError = unlessMissing meanInOrder raw.LowErrors
    }

    let private mmDetection (raw: RawStatistics) : Halves = {
        TopIoU = unlessMissing (mean Summation.pairwise) raw.TopIoUs
        LowError = meanInOrder (measured raw.LowErrors)
    }

    /// The two halves of an iteration. Neither depends on the other's values, only on which of its entries were measured.
    let internal halves (rule: StatisticsRule) (raw: RawStatistics) : Halves =
        match rule with
        | StatisticsRule.ProposalsOnly -> proposalsOnly raw
        | StatisticsRule.Official -> official raw
        | StatisticsRule.MMDetection -> mmDetection raw

    /// What the halves of an executed iteration mean to the schedule. NaN and infinity never leave this function.
    let internal ofHalves (rule: StatisticsRule) (halves: Halves) : BatchOutcome =
        match rule, halves.TopIoU, halves.LowError with
        | _, ValueSome topIoU, ValueSome lowError when Double.IsFinite topIoU && Double.IsFinite lowError ->
            BatchOutcome.Measured { TopIoU = topIoU; LowError = lowError }
        | StatisticsRule.MMDetection, ValueSome topIoU, ValueNone when Double.IsFinite topIoU ->
            BatchOutcome.TopIoUOnly topIoU
        | _, ValueSome _, ValueSome _
        | StatisticsRule.MMDetection, ValueSome _, ValueNone ->
            BatchOutcome.Unmeasured UnmeasuredReason.NonFiniteStatistic
        | StatisticsRule.ProposalsOnly, _, _ -> BatchOutcome.Unmeasured UnmeasuredReason.NoContributingImage
        | StatisticsRule.Official, _, _
        | StatisticsRule.MMDetection, _, _ -> BatchOutcome.Faulted ScheduleFault.TooFewProposals

    /// Whether the raw statistics have the shape that the rule asks for.
    let internal isWellFormed (rule: StatisticsRule) (raw: RawStatistics) : bool =
        rule <> StatisticsRule.ProposalsOnly
        || raw.TopIoUs.Length = raw.LowErrors.Length

    /// One outcome from the raw statistics of an iteration.
    [<CompiledName "Outcome">]
    let outcome (config: DynamicConfig) (raw: RawStatistics) : BatchOutcome =
        if isWellFormed config.Rule raw then
            ofHalves config.Rule (halves config.Rule raw)
        else
            BatchOutcome.Faulted ScheduleFault.MalformedStatistics

    /// One sentence for a log or an error message.
    [<CompiledName "DescribeFault">]
    let describeFault (fault: ScheduleFault) : string =
        match fault with
        | ScheduleFault.TooFewProposals ->
            "the schedule's IoU statistic needs more proposals than the batch has, where the published code crashes; "
            + "lower dynamic.topIoUCount or keep more proposals (model.rpn.postNmsTrain)"
        | ScheduleFault.WindowTooShort(iteration, entryCount, requiredCount) ->
            $"the update at iteration {iteration} needs at least {requiredCount} recorded errors but has {entryCount}, where "
            + "the published code crashes; too many batches were skipped for images without boxes"
        | ScheduleFault.MalformedStatistics -> "the statistics do not have the shape that the rule asks for"
