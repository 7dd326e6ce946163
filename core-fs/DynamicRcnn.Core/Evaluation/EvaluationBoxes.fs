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

/// How far a detection covers a ground truth. Both lie between their edges: a box of pixels 3 to 5 starts at 3 and is 3 wide, so that
/// no width needs a pixel more. Source: cocoapi 8c9bcc3, common/maskApi.c (bbIou).
[<RequireQualifiedAccess>]
module internal BoxOverlap =

    /// Square pixels that both cover.
    let private intersection (detection: inref<DetectionBox>, truth: inref<EvaluationBox>) : float =
        let width =
            Math.Min(detection.Width + detection.X, truth.Width + truth.X)
            - Math.Max(detection.X, truth.X)

        let height =
            Math.Min(detection.Height + detection.Y, truth.Height + truth.Y)
            - Math.Max(detection.Y, truth.Y)

        if width <= 0.0 || height <= 0.0 then
            0.0
        else
            width * height

    /// Intersection over union.
    let iou (detection: inref<DetectionBox>, truth: inref<EvaluationBox>) : float =
        match intersection (&detection, &truth) with
        | 0.0 -> 0.0
        | shared ->
            shared
            / (detection.Width * detection.Height + truth.Width * truth.Height - shared)

    /// Part of the detection that lies on the ground truth.
    let private coverage (detection: inref<DetectionBox>, truth: inref<EvaluationBox>) : float =
        match intersection (&detection, &truth) with
        | 0.0 -> 0.0
        | shared -> shared / (detection.Width * detection.Height)

    /// COCO's: with a crowd, the part of the detection that lies on it.
    let coco (detection: inref<DetectionBox>, truth: inref<EvaluationBox>) : float =
        if truth.Crowd then
            coverage (&detection, &truth)
        else
            iou (&detection, &truth)
