namespace DynamicRcnn.Core.Reference

open DynamicRcnn.Core

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

/// The statistics of one iteration computed plainly from IoUs and errors: what the detector's own are compared with.
[<RequireQualifiedAccess>]
module PlainStatistics =

    /// The ground truth with the largest IoU, the first of equals; -1 without ground truth.
    let private bestGroundTruth (ious: float32[,]) (proposal: int) : int =
        let mutable best = -1

        for g in 0 .. Array2D.length1 ious - 1 do
            if best < 0 || ious[g, proposal] > ious[best, proposal] then
                best <- g

        best

    /// The rank-th smallest (1-based), or nothing when there are fewer values.
    let private ranked (rank: int) (values: float32[]) : float32 voption =
        if rank < 1 || rank > values.Length then
            ValueNone
        else
            ValueSome((Array.sort values)[rank - 1])

    let private largest (rank: int) (values: float32[]) : float32 voption =
        ranked (if rank < 1 then 0 else values.Length - rank + 1) values

    /// Value of each proposal against the ground truth that `choose proposal` names.
    let private against (matrix: float32[,]) (proposals: int[]) (choose: int -> int) : float32[] =
        proposals |> Array.map (fun p -> matrix[choose p, p])

    /// For each ground truth the sum of its ten highest IoUs with the proposals, rounded down and at least 1; over all of them.
    let private overlaps (ious: float32[,]) (proposals: int[]) : int =
        Seq.init (Array2D.length1 ious) (fun g ->
            proposals
            |> Array.map (fun p -> float ious[g, p])
            |> Array.sortDescending
            |> Array.truncate 10
            |> Array.sum
            |> int
            |> max 1)
        |> Seq.sum

    let private proposalsOnlyReference (config: DynamicConfig) (images: ImageProposals[]) : RawStatistics =
        let one (image: ImageProposals) : float32 voption * float32 voption =
            let best = bestGroundTruth image.IoUs
            let hasGroundTruth = Array2D.length1 image.IoUs > 0

            let own = [|
                for p in 0 .. image.IsGroundTruth.Length - 1 do
                    if hasGroundTruth && not image.IsGroundTruth[p] then
                        p
            |]

            let usable =
                own |> Array.filter (fun p -> image.IoUs[best p, p] >= float32 config.FloorIoU)

            let number =
                match config.RankScaling with
                | RankScaling.PerOverlap -> overlaps image.IoUs own
                | RankScaling.PerPositive -> usable.Length
                | _ -> Array2D.length1 image.IoUs

            let rank count =
                ImageRank.ofImage config.RankScaling count number

            largest (min (rank config.TopIoUCount) own.Length) (against image.IoUs own best),
            ranked (min (rank config.LowErrorCount) usable.Length) (against image.Errors usable best)

        let topIoUs, lowErrors = images |> Array.map one |> Array.unzip

        {
            TopIoUs = topIoUs
            LowErrors = lowErrors
        }

    let private officialReference
        (config: DynamicConfig)
        imagesPerPass
        (iouThreshold: float32)
        (images: ImageProposals[])
        : RawStatistics =
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

        {
            TopIoUs = [| largest (config.TopIoUCount * imagesPerPass) (pooled _.IoUs) |]
            LowErrors = [| ranked (min (config.LowErrorCount * imagesPerPass) errors.Length) errors |]
        }

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

        {
            TopIoUs =
                images
                |> Array.map (fun image ->
                    maxIoUs image |> fun ious -> largest (min config.TopIoUCount ious.Length) ious)
            LowErrors = [| ranked (min (config.LowErrorCount * images.Length) errors.Length) errors |]
        }

    /// The raw statistics of a batch.
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
