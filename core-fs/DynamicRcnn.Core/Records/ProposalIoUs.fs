namespace DynamicRcnn.Core

/// How the IoUs of an image's proposals are distributed, read off the order statistics of an iteration.
type IoUHistogram = {
    /// Upper ends of the bins, ascending; the first bin begins at 0.
    Limits: float[]
    /// Proposals of an average image in each bin.
    Counts: float[]
}

/// The order statistics over a grid of ranks are the distribution's quantiles; between two ranks it is taken to be even.
[<RequireQualifiedAccess>]
module ProposalIoUs =

    let private binCount = 20

    /// Proposals of an average image whose IoU is at least `iou`.
    let private countFrom (points: struct (float * float)[]) (iou: float) : float =
        match points |> Array.tryFindIndexBack (fun struct (value, _) -> value >= iou) with
        | None -> 0.0
        | Some last when last = points.Length - 1 ->
            let struct (_, count) = points[last]
            count
        | Some last ->
            let struct (upper, before) = points[last]
            let struct (lower, after) = points[last + 1]
            before + (after - before) * (upper - iou) / (upper - lower)

    /// Candidates that the rule's IoU statistic counts, of an average image: two of the rules append the ground truth.
    let private candidates (rule: StatisticsRule) (batch: BatchRecord) : float =
        let all =
            match rule with
            | StatisticsRule.ProposalsOnly -> batch.ProposalCount
            | StatisticsRule.Official
            | StatisticsRule.MMDetection -> batch.ProposalCount + batch.GroundTruthCount

        float all / float batch.ImageCount

    /// The distribution in bins of 0.05; none when the iteration did not measure it.
    [<CompiledName "Histogram">]
    let histogram (header: StatisticsHeader) (batch: BatchRecord) : IoUHistogram option =
        let measured =
            Array.zip header.Grid.TopIoUCounts batch.TopIoUs
            |> Array.filter (fun (_, iou) -> iou >= 0.0)

        if measured.Length = 0 then
            None
        else
            let all = candidates header.Rule batch

            let number = batch.MeanNumber header.RankScaling

            let points = [|
                for count, iou in measured do
                    let rank = ImageRank.ofMean header.RankScaling (float count) number
                    struct (iou, min (max 1.0 rank) all)

                struct (0.0, all)
            |]

            let edges = Array.init (binCount + 1) (fun i -> float i / float binCount)

            // The last bin takes what lies above 1: the official rule's +1 widths can give a little more.
            let above =
                edges
                |> Array.map (fun edge -> if edge = 1.0 then 0.0 else countFrom points edge)

            Some {
                Limits = Array.tail edges
                Counts = Array.pairwise above |> Array.map (fun (lower, upper) -> lower - upper)
            }
