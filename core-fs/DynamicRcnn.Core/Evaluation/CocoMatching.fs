namespace DynamicRcnn.Core

open System

/// What became of a category's detections, by their place in the cells. Bit t of an entry speaks of IoU threshold t.
type internal Outcome = {
    /// A ground truth was found (and its id is not 0).
    Found: int[]
    /// Counts neither as true nor as false positive.
    Ignored: int[]
    /// The place of the ground truth taken at the first threshold; -1 for none.
    Taken: int[]
    /// Ground truths that count.
    TruthCount: int
}

/// Areas in square pixels, both ends included.
[<Struct>]
type internal AreaRange = {
    Low: float
    High: float
} with

    member this.Excludes(area: float) : bool = area < this.Low || area > this.High

/// Matching of detections with ground truths: pycocotools' evaluateImg, for all images of a category.
/// Source: cocoapi 8c9bcc3, PythonAPI/pycocotools/cocoeval.py. T thresholds, D detections and G ground truths of a cell.
[<RequireQualifiedAccess>]
module internal CocoMatching =

    /// Only this many detections of a category in an image take part.
    let maximumDetections = 100

    /// One cell. All areas share the IoUs.
    [<NoComparison; NoEquality>]
    type private Cell = {
        FirstTruth: int
        TruthCount: int
        FirstDetection: int
        DetectionCount: int
        /// [D * G]
        IoUs: float[]
        /// [D] the largest of its IoUs: a threshold above it needs no search.
        Reach: float[]
    }

    let private cellAt (cells: CategoryCells) (index: int) : Cell =
        let firstTruth, firstDetection =
            cells.TruthStarts[index], cells.DetectionStarts[index]

        let truthCount = cells.TruthStarts[index + 1] - firstTruth

        let detectionCount =
            Math.Min(maximumDetections, cells.DetectionStarts[index + 1] - firstDetection)

        let ious = Array.zeroCreate<float>(detectionCount * truthCount)
        let reach = Array.zeroCreate<float> detectionCount

        if truthCount > 0 then
            for d in 0 .. detectionCount - 1 do
                for g in 0 .. truthCount - 1 do
                    let iou =
                        BoxOverlap.coco (&cells.Detections[firstDetection + d], &cells.Truths[firstTruth + g])

                    ious[d * truthCount + g] <- iou

                    if iou > reach[d] then
                        reach[d] <- iou

        {
            FirstTruth = firstTruth
            TruthCount = truthCount
            FirstDetection = firstDetection
            DetectionCount = detectionCount
            IoUs = ious
            Reach = reach
        }

    /// The ground truths of a cell as one range of areas sees them, by their place in the cell.
    [<NoComparison; NoEquality>]
    type private SeenTruths = {
        Crowd: bool[]
        Ignored: bool[]
        /// Counting ones first, else the input's order.
        Order: int[]
    }

    let private seen (cells: CategoryCells) (cell: Cell) (range: AreaRange) : SeenTruths =
        let crowd =
            Array.init cell.TruthCount (fun g -> cells.Truths[cell.FirstTruth + g].Crowd)

        let ignored =
            Array.init cell.TruthCount (fun g -> crowd[g] || range.Excludes cells.Truths[cell.FirstTruth + g].Area)

        let counting, others =
            Array.init cell.TruthCount id |> Array.partition (fun g -> not ignored[g])

        {
            Crowd = crowd
            Ignored = ignored
            Order = Array.append counting others
        }

    /// The ground truth that a detection takes at a threshold, -1 for none. A later one with an equal IoU replaces an earlier one; once a
    /// counting one is found, ignored ones (which come last) are not looked at. `taken` from `firstTaken` on is the threshold's, `ious` from
    /// `firstIoU` on the detection's.
    let private findMatch (truths: SeenTruths) (taken: bool[]) firstTaken (ious: float[]) firstIoU (threshold: float) =
        let mutable best = threshold
        let mutable found = -1
        let mutable i = 0

        while i < truths.Order.Length do
            let g = truths.Order[i]
            i <- i + 1

            if not taken[firstTaken + g] || truths.Crowd[g] then
                if found >= 0 && truths.Ignored[g] && not truths.Ignored[found] then
                    i <- truths.Order.Length
                elif ious[firstIoU + g] >= best then
                    best <- ious[firstIoU + g]
                    found <- g

        found

    let private matchCell (thresholds: float[]) (cells: CategoryCells) (cell: Cell) (range: AreaRange) outcome =
        let truths = seen cells cell range
        let taken = Array.zeroCreate<bool>(thresholds.Length * cell.TruthCount)

        for d in 0 .. cell.DetectionCount - 1 do
            let mutable found = 0
            let mutable ignored = 0
            let mutable t = 0

            while t < thresholds.Length && cell.Reach[d] >= thresholds[t] do
                let g =
                    findMatch truths taken (t * cell.TruthCount) cell.IoUs (d * cell.TruthCount) thresholds[t]

                if g >= 0 then
                    taken[t * cell.TruthCount + g] <- true

                    if t = 0 then
                        outcome.Taken[cell.FirstDetection + d] <- cell.FirstTruth + g

                    if cells.Truths[cell.FirstTruth + g].Id <> 0L then
                        found <- found ||| (1 <<< t)

                    if truths.Ignored[g] then
                        ignored <- ignored ||| (1 <<< t)

                t <- t + 1

            outcome.Found[cell.FirstDetection + d] <- found
            outcome.Ignored[cell.FirstDetection + d] <- ignored

    /// What became of the detections of a category in each range of areas. Thresholds ascend and are at most 32.
    let outcomes (thresholds: float[]) (ranges: AreaRange[]) (cells: CategoryCells) : Outcome[] =
        let outcomes =
            ranges
            |> Array.map (fun range -> {
                Found = Array.zeroCreate<int> cells.Detections.Length
                Ignored = Array.zeroCreate<int> cells.Detections.Length
                Taken = Array.create cells.Detections.Length -1
                TruthCount =
                    cells.Truths
                    |> Array.sumBy (fun truth -> if truth.Crowd || range.Excludes truth.Area then 0 else 1)
            })

        for index in 0 .. cells.Count - 1 do
            if cells.TruthStarts[index + 1] > cells.TruthStarts[index] then
                let cell = cellAt cells index

                for r in 0 .. ranges.Length - 1 do
                    matchCell thresholds cells cell ranges[r] outcomes[r]

        // A detection outside the range that found nothing is no false positive there.
        for r in 0 .. ranges.Length - 1 do
            let outcome = outcomes[r]

            for d in 0 .. cells.Detections.Length - 1 do
                if ranges[r].Excludes(cells.Detections[d].Width * cells.Detections[d].Height) then
                    outcome.Ignored[d] <- outcome.Ignored[d] ||| ~~~outcome.Found[d]

        outcomes
