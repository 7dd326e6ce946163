namespace DynamicRcnn.Core

/// Pascal VOC's average precision (devkit VOCevaldet.m and VOCap.m; the 11 points of 2007 and before, the area of 2010 and after). Each
/// detection, best first, looks at the ground truth of its image that it overlaps most: a free one is found, a taken one makes it a
/// duplicate and so a false positive, a difficult one leaves it out. The devkit's widths count the last pixel; our boxes lie between
/// edges, so that the plain IoU is the same number. Any number of detections takes part.
[<RequireQualifiedAccess>]
module internal VocPrecision =

    let private leastIoU = 0.5

    let private outcome (cells: CategoryCells) : Outcome =
        let found = Array.zeroCreate<int> cells.Detections.Length
        let ignored = Array.zeroCreate<int> cells.Detections.Length
        let takenBy = Array.create cells.Detections.Length -1
        let taken = Array.zeroCreate<bool> cells.Truths.Length

        for cell in 0 .. cells.Count - 1 do
            for d in cells.DetectionStarts[cell] .. cells.DetectionStarts[cell + 1] - 1 do
                let mutable nearest = -1
                let mutable largest = 0.0

                for g in cells.TruthStarts[cell] .. cells.TruthStarts[cell + 1] - 1 do
                    let iou = BoxOverlap.iou (&cells.Detections[d], &cells.Truths[g])

                    if iou > largest then
                        largest <- iou
                        nearest <- g

                if largest >= leastIoU then
                    if cells.Truths[nearest].Crowd then
                        ignored[d] <- 1
                    elif not taken[nearest] then
                        taken[nearest] <- true
                        found[d] <- 1
                        takenBy[d] <- nearest

        {
            Found = found
            Ignored = ignored
            Taken = takenBy
            TruthCount = cells.Truths |> Array.sumBy (fun truth -> if truth.Crowd then 0 else 1)
        }

    let nothing: VocAP = { ElevenPoint = -1.0; Area = -1.0 }

    /// Of one category, from the order that `RankedDetections.order` gives.
    let ofCategory (cells: CategoryCells) (order: int[]) : VocAP =
        let outcome = outcome cells

        if outcome.TruthCount = 0 then
            nothing
        else
            let precision =
                RankedDetections.countsAtTruePositives order outcome 0
                |> Array.mapi (fun i counted -> float (i + 1) / float counted)
                |> RankedDetections.largestFromHere

            /// The best precision where recall reaches tenths / 10: true positive i brings it to (i + 1) / truths.
            let bestFrom (tenths: int) : float =
                let first = max 0 ((tenths * outcome.TruthCount + 9) / 10 - 1)
                if first < precision.Length then precision[first] else 0.0

            {
                ElevenPoint = Array.averageBy bestFrom [| 0..10 |]
                Area = Array.sum precision / float outcome.TruthCount
            }

    /// Mean over the categories with ground truth.
    let mean (categories: VocAP[]) : VocAP =
        match categories |> Array.filter (fun ap -> ap.Area >= 0.0) with
        | [||] -> nothing
        | counting -> {
            ElevenPoint = counting |> Array.averageBy _.ElevenPoint
            Area = counting |> Array.averageBy _.Area
          }
