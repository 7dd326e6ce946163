namespace DynamicRcnn.Core

open System

/// A ground truth as the COCO evaluation reads it: left, top, width and height in pixels.
[<Struct>]
type EvaluationBox = {
    /// The annotation's id. A ground truth with id 0 makes its detection a false positive, as in pycocotools.
    Id: int64
    ImageId: int64
    CategoryId: int64
    X: float
    Y: float
    Width: float
    Height: float
    /// The annotation's area, that of its mask where it has one: it decides small, medium and large.
    Area: float
    Crowd: bool
}

/// A detection: left, top, width and height in pixels.
[<Struct>]
type DetectionBox = {
    ImageId: int64
    CategoryId: int64
    X: float
    Y: float
    Width: float
    Height: float
    Score: float
}

/// Detections of one category in one image, best first, and what became of each at every IoU threshold.
type internal MatchedImage = {
    /// [D] descending.
    Scores: float[]
    /// [T][D] a ground truth was found (and its id is not 0).
    Matched: bool[][]
    /// [T][D] counts neither as true nor as false positive.
    Ignored: bool[][]
    /// Ground truths that count.
    GroundTruthCount: int
}

/// Matching of detections with ground truths, one category in one image: pycocotools' computeIoU and evaluateImg.
/// Source: cocoapi 8c9bcc3, PythonAPI/pycocotools/cocoeval.py and common/maskApi.c. T thresholds, D detections, G ground truths.
[<RequireQualifiedAccess>]
module internal CocoMatching =

    /// Only this many detections of a category in an image take part.
    let maximumDetections = 100

    /// IoU threshold under which a match is possible at threshold 1.
    let private largestThreshold = 1.0 - 1e-10

    /// The indices of the values in descending order, equal values in input order, NaN last (NumPy's merge sort of -score).
    let descending (values: float[]) : int[] =
        let order = Array.init values.Length id

        let compare a b =
            match values[b].CompareTo values[a] with
            | 0 -> Int32.Sign(a - b)
            | sign -> sign

        Array.Sort(order, Comparison compare)
        order

    /// The best detections of one image and category, at most `maximumDetections`.
    let best (detections: DetectionBox[]) : DetectionBox[] =
        let order = detections |> Array.map _.Score |> descending

        order
        |> Array.truncate maximumDetections
        |> Array.map (fun index -> detections[index])

    /// Intersection over union; over the detection's own area when the ground truth is a crowd.
    let private iou (detection: DetectionBox) (truth: EvaluationBox) : float =
        let width =
            Math.Min(detection.Width + detection.X, truth.Width + truth.X)
            - Math.Max(detection.X, truth.X)

        let height =
            Math.Min(detection.Height + detection.Y, truth.Height + truth.Y)
            - Math.Max(detection.Y, truth.Y)

        if width <= 0.0 || height <= 0.0 then
            0.0
        else
            let intersection = width * height
            let detectionArea = detection.Width * detection.Height

            let union =
                if truth.Crowd then
                    detectionArea
                else
                    detectionArea + truth.Width * truth.Height - intersection

            intersection / union

    /// [D][G]
    let ious (detections: DetectionBox[]) (truths: EvaluationBox[]) : float[][] =
        detections |> Array.map (fun detection -> truths |> Array.map (iou detection))

    let private outside (low: float, high: float) (area: float) : bool = area < low || area > high

    /// The ground truth that a detection takes, -1 for none. A later one with an equal IoU replaces an earlier one; once a
    /// counting one is found, ignored ones (which come last) are not looked at.
    let private findMatch
        (truths: EvaluationBox[])
        (order: int[])
        (ignored: bool[])
        (taken: bool[])
        (ious: float[])
        low
        =
        let mutable best = low
        let mutable found = -1
        let mutable i = 0

        while i < order.Length do
            let truth = order[i]

            if taken[truth] && not truths[truth].Crowd then
                i <- i + 1
            elif found >= 0 && not ignored[found] && ignored[truth] then
                i <- order.Length
            else
                if ious[truth] >= best then
                    best <- ious[truth]
                    found <- truth

                i <- i + 1

        found

    /// Matches one image and category for one range of areas. `detections` as `best` returns them, `ious` as [D][G].
    let matchImage
        (thresholds: float[])
        (areaRange: float * float)
        (truths: EvaluationBox[])
        (detections: DetectionBox[])
        (ious: float[][])
        : MatchedImage =
        let truthIgnored =
            truths |> Array.map (fun truth -> truth.Crowd || outside areaRange truth.Area)

        let counting, ignored =
            Array.init truths.Length id |> Array.partition (fun i -> not truthIgnored[i])

        let order = Array.append counting ignored

        let detectionOutside =
            detections |> Array.map (fun d -> outside areaRange (d.Width * d.Height))

        let atThreshold (threshold: float) : bool[] * bool[] =
            let taken = Array.create truths.Length false
            let matched = Array.create detections.Length false
            let detectionIgnored = Array.create detections.Length false

            for d in 0 .. detections.Length - 1 do
                let found =
                    findMatch truths order truthIgnored taken ious[d] (Math.Min(threshold, largestThreshold))

                if found >= 0 then
                    taken[found] <- true
                    matched[d] <- truths[found].Id <> 0L

                detectionIgnored[d] <- (found >= 0 && truthIgnored[found]) || (not matched[d] && detectionOutside[d])

            matched, detectionIgnored

        let results = Array.map atThreshold thresholds

        {
            Scores = Array.map _.Score detections
            Matched = Array.map fst results
            Ignored = Array.map snd results
            GroundTruthCount = counting.Length
        }
