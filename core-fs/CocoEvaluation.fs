namespace DynamicRcnn.Core

open System
open System.Collections.Generic

/// A figure of the evaluation. -1 means that nothing was there to average over, as in pycocotools.
type EvaluationFigure = { Name: string; Value: float }

/// The figures of one category at all areas and at most 100 detections an image; -1 without ground truth.
type CategoryResult = {
    CategoryId: int64
    AP: float
    AP50: float
    AP75: float
    AR100: float
    /// Ground truths, crowds left out.
    GroundTruthCount: int
    DetectionCount: int
}

/// The COCO evaluation of boxes.
type EvaluationResult = {
    /// The 12 figures in pycocotools' order: AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl.
    Figures: EvaluationFigure[]
    /// The 10 thresholds 0.5 to 0.95; the ninth is 0.8999999999999999, so take them by index.
    IoUThresholds: float[]
    /// AP at each threshold, by the same index; AP90 is entry 8.
    APByIoU: float[]
    /// Ascending category id.
    Categories: CategoryResult[]
    ImageCount: int
    /// Ground truths in the images and categories evaluated, crowds left out.
    GroundTruthCount: int
    CrowdCount: int
    DetectionCount: int
} with

    member this.AP = this.Figures[0].Value
    member this.AP50 = this.Figures[1].Value
    member this.AP75 = this.Figures[2].Value

/// COCO's average precision of boxes, equal to pycocotools' (cocoapi 8c9bcc3 cocoeval.py: accumulate, summarize), in float64.
[<RequireQualifiedAccess>]
module CocoEvaluation =

    /// NumPy's linspace(0.5, 0.95, 10).
    let iouThresholds =
        Array.init 10 (fun i -> if i = 9 then 0.95 else float i * ((0.95 - 0.5) / 9.0) + 0.5)

    /// NumPy's linspace(0, 1, 101).
    let private recallThresholds = Array.init 101 (fun i -> float i * 0.01)

    let private allAreas, small, medium, large =
        (0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)

    /// NumPy's spacing(1): keeps 0 / 0 out of the precision.
    let private spacing = 2.220446049250313e-16

    /// What nothing to average over gives.
    let private nothing = -1.0

    /// One category, one range of areas, one limit of detections. Precision [T][R], recall [T].
    type private Curve = {
        Precision: float[][]
        Recall: float[]
    }

    /// Precision at the recall thresholds, and the last recall, from the detections of all images in descending score.
    let private curveAt (positives: int) (matched: bool[]) (ignored: bool[]) : float[] * float =
        let recall = Array.zeroCreate<float> matched.Length
        let precision = Array.zeroCreate<float> matched.Length
        let mutable truePositives = 0.0
        let mutable falsePositives = 0.0

        for d in 0 .. matched.Length - 1 do
            if not ignored[d] then
                if matched[d] then
                    truePositives <- truePositives + 1.0
                else
                    falsePositives <- falsePositives + 1.0

            recall[d] <- truePositives / float positives
            precision[d] <- truePositives / (falsePositives + truePositives + spacing)

        for d in matched.Length - 1 .. -1 .. 1 do
            if precision[d] > precision[d - 1] then
                precision[d - 1] <- precision[d]

        let sampled = Array.zeroCreate<float> recallThresholds.Length
        let mutable d = 0

        for r in 0 .. recallThresholds.Length - 1 do
            while d < recall.Length && recall[d] < recallThresholds[r] do
                d <- d + 1

            if d < recall.Length then
                sampled[r] <- precision[d]

        sampled, (if recall.Length = 0 then 0.0 else recall[recall.Length - 1])

    /// Joins the images' detections, at most `limit` of each. Nothing without a ground truth that counts.
    let private accumulate (images: MatchedImage[]) (limit: int) : Curve voption =
        let positives = images |> Array.sumBy _.GroundTruthCount

        if positives = 0 then
            ValueNone
        else
            let joined (select: MatchedImage -> 'T[]) : 'T[] =
                images |> Array.collect (fun image -> Array.truncate limit (select image))

            let order = CocoMatching.descending (joined _.Scores)

            let results =
                iouThresholds
                |> Array.mapi (fun t _ ->
                    let matched = joined (fun image -> image.Matched[t])
                    let ignored = joined (fun image -> image.Ignored[t])

                    curveAt
                        positives
                        (order |> Array.map (fun d -> matched[d]))
                        (order |> Array.map (fun d -> ignored[d])))

            ValueSome {
                Precision = Array.map fst results
                Recall = Array.map snd results
            }

    /// The curves of one category that the figures need.
    type private CategoryCurves = {
        Top1: Curve voption
        Top10: Curve voption
        Top100: Curve voption
        Small: Curve voption
        Medium: Curve voption
        Large: Curve voption
    }

    let private evaluateCategory (images: (EvaluationBox[] * DetectionBox[])[]) : CategoryCurves =
        let prepared =
            images
            |> Array.map (fun (truths, detections) ->
                let best = CocoMatching.best detections
                truths, best, CocoMatching.ious best truths)

        let matchedIn areaRange =
            prepared
            |> Array.map (fun (truths, detections, ious) ->
                CocoMatching.matchImage iouThresholds areaRange truths detections ious)

        let everywhere = matchedIn allAreas

        {
            Top1 = accumulate everywhere 1
            Top10 = accumulate everywhere 10
            Top100 = accumulate everywhere CocoMatching.maximumDetections
            Small = accumulate (matchedIn small) CocoMatching.maximumDetections
            Medium = accumulate (matchedIn medium) CocoMatching.maximumDetections
            Large = accumulate (matchedIn large) CocoMatching.maximumDetections
        }

    /// Mean in NumPy's order of summation, -1 of nothing.
    let private mean (values: float[]) : float =
        if values.Length = 0 then nothing else Summation.mean values

    /// AP over categories and the chosen thresholds, added threshold by threshold, recall by recall, category by category.
    let private averagePrecision (thresholds: int[]) (curves: Curve voption[]) : float =
        mean [|
            for t in thresholds do
                for r in 0 .. recallThresholds.Length - 1 do
                    for curve in curves do
                        match curve with
                        | ValueSome curve -> curve.Precision[t][r]
                        | ValueNone -> ()
        |]

    let private averageRecall (curves: Curve voption[]) : float =
        mean [|
            for t in 0 .. iouThresholds.Length - 1 do
                for curve in curves do
                    match curve with
                    | ValueSome curve -> curve.Recall[t]
                    | ValueNone -> ()
        |]

    let private everyThreshold = [| 0 .. iouThresholds.Length - 1 |]
    let private at50, at75 = [| 0 |], [| 5 |]

    let private figures (curves: CategoryCurves[]) : EvaluationFigure[] =
        let precision name thresholds select = {
            Name = name
            Value = averagePrecision thresholds (Array.map select curves)
        }

        let recall name select = {
            Name = name
            Value = averageRecall (Array.map select curves)
        }

        [|
            precision "AP" everyThreshold _.Top100
            precision "AP50" at50 _.Top100
            precision "AP75" at75 _.Top100
            precision "APs" everyThreshold _.Small
            precision "APm" everyThreshold _.Medium
            precision "APl" everyThreshold _.Large
            recall "AR1" _.Top1
            recall "AR10" _.Top10
            recall "AR100" _.Top100
            recall "ARs" _.Small
            recall "ARm" _.Medium
            recall "ARl" _.Large
        |]

    /// [categories][images] of the boxes in each, input order kept; boxes of other images and categories are left out.
    let private group
        (imageIds: int64[])
        (categoryIds: int64[])
        (place: 'Box -> struct (int64 * int64))
        (boxes: 'Box[])
        =
        let indexOf (ids: int64[]) =
            let index = Dictionary<int64, int>(ids.Length)
            ids |> Array.iteri (fun i id -> index[id] <- i)
            index

        let images, categories = indexOf imageIds, indexOf categoryIds

        let cells = Array.init categoryIds.Length (fun _ -> Dictionary<int, List<'Box>>())

        for box in boxes do
            let struct (imageId, categoryId) = place box

            match images.TryGetValue imageId, categories.TryGetValue categoryId with
            | (true, image), (true, category) ->
                match cells[category].TryGetValue image with
                | true, cell -> cell.Add box
                | false, _ -> cells[category][image] <- List<'Box> [ box ]
            | _ -> ()

        cells

    let private boxesAt (cells: Dictionary<int, List<'Box>>) (image: int) : 'Box[] =
        match cells.TryGetValue image with
        | true, cell -> cell.ToArray()
        | false, _ -> [||]

    /// Evaluates detections against ground truths, over the given categories and images; boxes of others are left out.
    /// The order matters for equal scores alone: within an image the input's, then ascending image id.
    let evaluate
        (groundTruth: EvaluationBox[], detections: DetectionBox[], categoryIds: int64[], imageIds: int64[])
        : EvaluationResult =
        let categoryIds = categoryIds |> Array.distinct |> Array.sort
        let imageIds = imageIds |> Array.distinct |> Array.sort

        let truths =
            group imageIds categoryIds (fun (box: EvaluationBox) -> struct (box.ImageId, box.CategoryId)) groundTruth

        let found =
            group imageIds categoryIds (fun (box: DetectionBox) -> struct (box.ImageId, box.CategoryId)) detections

        /// The images with a ground truth or a detection of the category, in order.
        let imagesOf (category: int) : (EvaluationBox[] * DetectionBox[])[] =
            Seq.append truths[category].Keys found[category].Keys
            |> Seq.distinct
            |> Seq.sort
            |> Seq.map (fun image -> boxesAt truths[category] image, boxesAt found[category] image)
            |> Array.ofSeq

        let curves =
            Array.Parallel.init categoryIds.Length (fun category -> evaluateCategory (imagesOf category))

        let truthBoxes category = truths[category].Values |> Seq.concat

        let categoryResult (category: int) (curves: CategoryCurves) : CategoryResult = {
            CategoryId = categoryIds[category]
            AP = averagePrecision everyThreshold [| curves.Top100 |]
            AP50 = averagePrecision at50 [| curves.Top100 |]
            AP75 = averagePrecision at75 [| curves.Top100 |]
            AR100 = averageRecall [| curves.Top100 |]
            GroundTruthCount = truthBoxes category |> Seq.filter (fun box -> not box.Crowd) |> Seq.length
            DetectionCount = found[category].Values |> Seq.sumBy _.Count
        }

        let categories = Array.mapi categoryResult curves

        {
            Figures = figures curves
            IoUThresholds = iouThresholds
            APByIoU =
                everyThreshold
                |> Array.map (fun t -> averagePrecision [| t |] (Array.map _.Top100 curves))
            Categories = categories
            ImageCount = imageIds.Length
            GroundTruthCount = categories |> Array.sumBy _.GroundTruthCount
            CrowdCount =
                truths
                |> Array.sumBy (fun cells -> cells.Values |> Seq.concat |> Seq.filter _.Crowd |> Seq.length)
            DetectionCount = categories |> Array.sumBy _.DetectionCount
        }
