/// COCO's evaluation of boxes written down a second time, from its definition and for nothing but plainness: lists, one figure at a
/// time, every match searched anew. It shares no code with the one that it checks.
module DynamicRcnn.Core.Tests.Evaluation.CocoReference

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests

/// What NumPy gives for linspace(0.5, 0.95, 10).
let private thresholds = [ 0.5; 0.55; 0.6; 0.65; 0.7; 0.75; 0.8; 0.85; 0.8999999999999999; 0.95 ]

let private overlap (d: DetectionBox) (g: EvaluationBox) : float =
    let along (a: float) (aLength: float) (b: float) (bLength: float) =
        min (aLength + a) (bLength + b) - max a b

    let width, height = along d.X d.Width g.X g.Width, along d.Y d.Height g.Y g.Height

    if width > 0.0 && height > 0.0 then
        let both = width * height
        let own = d.Width * d.Height

        if g.Crowd then
            both / own
        else
            both / (own + g.Width * g.Height - both)
    else
        0.0

/// Score, whether it is a true positive, and whether it is left out, for each of the best detections of one image and category.
let private judge (truths: EvaluationBox list) (detections: DetectionBox list) threshold (low, high) limit =
    let outside area = area < low || area > high
    let leftOut (g: EvaluationBox) = g.Crowd || outside g.Area

    // Those that count come before those that do not.
    let candidates =
        (truths |> List.filter (leftOut >> not)) @ (truths |> List.filter leftOut)
        |> List.indexed

    let best =
        detections |> List.sortBy (fun d -> -d.Score) |> List.truncate (min limit 100)

    let rec go taken (rest: DetectionBox list) =
        match rest with
        | [] -> []
        | d :: later ->
            let free (index, g: EvaluationBox) =
                g.Crowd || not (List.contains index taken)

            let fits pool =
                pool
                |> List.filter (fun (index, g) -> free (index, g) && overlap d g >= threshold)

            // The last of the largest.
            let largest pool =
                match fits pool with
                | [] -> None
                | fitting ->
                    let most = fitting |> List.map (fun (_, g) -> overlap d g) |> List.max
                    fitting |> List.findBack (fun (_, g) -> overlap d g = most) |> Some

            let counting, others = candidates |> List.partition (fun (_, g) -> not (leftOut g))

            match largest counting |> Option.orElse (largest others) with
            | Some(index, g) ->
                let isMatch = g.Id <> 0L
                let ignored = leftOut g || (not isMatch && outside (d.Width * d.Height))
                (d.Score, isMatch, ignored) :: go (index :: taken) later
            | None -> (d.Score, false, outside (d.Width * d.Height)) :: go taken later

    go [] best, truths |> List.filter (leftOut >> not) |> List.length

/// Precision at 101 recalls, and the last recall; None without ground truth.
let private curve truths detections categoryId images threshold range limit =
    let judged =
        images
        |> List.map (fun imageId ->
            judge
                (truths
                 |> List.filter (fun (g: EvaluationBox) -> g.ImageId = imageId && g.CategoryId = categoryId))
                (detections
                 |> List.filter (fun (d: DetectionBox) -> d.ImageId = imageId && d.CategoryId = categoryId))
                threshold
                range
                limit)

    let positives = judged |> List.sumBy snd

    if positives = 0 then
        None
    else
        let ranked = judged |> List.collect fst |> List.sortBy (fun (score, _, _) -> -score)

        let points =
            [ 1 .. ranked.Length ]
            |> List.map (fun length ->
                let counted =
                    ranked
                    |> List.truncate length
                    |> List.filter (fun (_, _, ignored) -> not ignored)

                let right =
                    counted |> List.filter (fun (_, found, _) -> found) |> List.length |> float

                let precision =
                    if counted.IsEmpty then
                        0.0
                    else
                        right / float counted.Length

                right / float positives, precision)

        let at (recall: float) =
            match points |> List.filter (fun (reached, _) -> reached >= recall) with
            | [] -> 0.0
            | beyond -> beyond |> List.map snd |> List.max

        let lastRecall =
            match points with
            | [] -> 0.0
            | points -> points |> List.map fst |> List.last

        Some([ for i in 0..100 -> at (float i * 0.01) ], lastRecall)

let private average (values: float list) =
    if values.IsEmpty then -1.0 else List.average values

let private all, small, medium, large =
    (0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)

/// The 12 figures in pycocotools' order, then AP at each of the ten thresholds.
let figures (truths: EvaluationBox[], detections: DetectionBox[], categories: int64[], images: int64[]) : float list =
    let truths, detections = List.ofArray truths, List.ofArray detections
    let images = images |> Array.distinct |> Array.sort |> List.ofArray
    let categories = categories |> Array.distinct |> Array.sort |> List.ofArray

    let curves used range limit =
        used
        |> List.collect (fun threshold ->
            categories
            |> List.choose (fun id -> curve truths detections id images threshold range limit))

    let precision used range =
        curves used range 100 |> List.collect fst |> average

    let recall range limit =
        curves thresholds range limit |> List.map snd |> average

    [
        precision thresholds all
        precision [ 0.5 ] all
        precision [ 0.75 ] all
        precision thresholds small
        precision thresholds medium
        precision thresholds large
        recall all 1
        recall all 10
        recall all 100
        recall small 100
        recall medium 100
        recall large 100
        for threshold in thresholds do
            precision [ threshold ] all
    ]

/// Right detections, detections and ground truths at IoU 0.5 when the detections below a score are taken away before anything else.
let countsFrom
    (score: float)
    (truths: EvaluationBox[], detections: DetectionBox[], categories: int64[], images: int64[])
    : int * int * int =
    let judged = [
        for category in Array.distinct categories do
            for image in Array.distinct images do
                judge
                    (truths
                     |> List.ofArray
                     |> List.filter (fun g -> g.ImageId = image && g.CategoryId = category))
                    (detections
                     |> List.ofArray
                     |> List.filter (fun d -> d.ImageId = image && d.CategoryId = category && d.Score >= score))
                    0.5
                    all
                    100
    ]

    let counted =
        judged |> List.collect fst |> List.filter (fun (_, _, ignored) -> not ignored)

    counted |> List.filter (fun (_, found, _) -> found) |> List.length, counted.Length, judged |> List.sumBy snd
