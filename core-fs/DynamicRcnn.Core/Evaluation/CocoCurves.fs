namespace DynamicRcnn.Core

/// Precision over recall of one category, in one range of areas, with one limit of detections. T thresholds, R recall points.
type internal Curve = {
    /// [T][R]
    Precision: float[][]
    /// [T] the last recall.
    Recall: float[]
}

/// What became of a category's detections, in all areas.
type internal MatchedCategory = {
    Cells: CategoryCells
    /// Places of the detections by descending score, the best of each image up to COCO's limit.
    Order: int[]
    /// Those of them that count at the first IoU threshold.
    Counting: int[]
    Outcome: Outcome
}

/// The curves of one category that COCO's figures need; nothing where no ground truth counts.
type internal CategoryCurves = {
    Top1: Curve voption
    Top10: Curve voption
    Top100: Curve voption
    Small: Curve voption
    Medium: Curve voption
    Large: Curve voption
    /// At the first IoU threshold.
    Hits: ScoredHits
    Matched: MatchedCategory
}

/// Curves of precision over recall: pycocotools' accumulate (cocoapi 8c9bcc3 cocoeval.py), in float64.
[<RequireQualifiedAccess>]
module internal CocoCurves =

    /// NumPy's linspace(0.5, 0.95, 10).
    let iouThresholds =
        Array.init 10 (fun i -> if i = 9 then 0.95 else float i * ((0.95 - 0.5) / 9.0) + 0.5)

    /// NumPy's linspace(0, 1, 101).
    let recallPoints = Array.init 101 (fun i -> float i * 0.01)

    /// NumPy's spacing(1): keeps 0 / 0 out of the precision.
    let private spacing = 2.220446049250313e-16

    /// All areas, small, medium, large.
    let private ranges: AreaRange[] = [|
        { Low = 0.0; High = 1e10 }
        { Low = 0.0; High = 1024.0 }
        { Low = 1024.0; High = 9216.0 }
        { Low = 9216.0; High = 1e10 }
    |]

    /// The best precision at or beyond each recall point, 0 beyond the last recall; and that recall.
    let curveAt (truthCount: int) (counts: int[]) : float[] * float =
        let precision =
            counts
            |> Array.mapi (fun i counted -> float (i + 1) / (float counted + spacing))
            |> RankedDetections.largestFromHere

        let sampled = Array.zeroCreate<float> recallPoints.Length
        let mutable i = 0

        for r in 0 .. recallPoints.Length - 1 do
            while i < precision.Length && float (i + 1) / float truthCount < recallPoints[r] do
                i <- i + 1

            if i < precision.Length then
                sampled[r] <- precision[i]

        sampled, float precision.Length / float truthCount

    let private curve (order: int[]) (outcome: Outcome) : Curve voption =
        if outcome.TruthCount = 0 then
            ValueNone
        else
            let results =
                Array.init iouThresholds.Length (fun t ->
                    RankedDetections.countsAtTruePositives order outcome t
                    |> curveAt outcome.TruthCount)

            ValueSome {
                Precision = Array.map fst results
                Recall = Array.map snd results
            }

    /// From the order that `RankedDetections.order` gives.
    let ofCategory (cells: CategoryCells) (order: int[]) : CategoryCurves =
        let ranks = RankedDetections.ranks cells

        let top limit =
            order |> Array.filter (fun d -> ranks[d] < limit)

        let all = top CocoMatching.maximumDetections
        let outcomes = CocoMatching.outcomes iouThresholds ranges cells

        {
            Top1 = curve (top 1) outcomes[0]
            Top10 = curve (top 10) outcomes[0]
            Top100 = curve all outcomes[0]
            Small = curve all outcomes[1]
            Medium = curve all outcomes[2]
            Large = curve all outcomes[3]
            Hits = ScoreCurves.hits cells all outcomes[0]
            Matched = {
                Cells = cells
                Order = all
                Counting = all |> Array.filter (fun d -> outcomes[0].Ignored[d] &&& 1 = 0)
                Outcome = outcomes[0]
            }
        }
