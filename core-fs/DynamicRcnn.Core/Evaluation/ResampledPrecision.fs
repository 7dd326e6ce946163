namespace DynamicRcnn.Core

/// AP, and AP at IoU 0.9, over images that count as often as they are drawn.
[<Struct>]
type ResampledAP = { AP: float; AP90: float }

/// One category's detections, best first, as far as AP depends on them.
type private ResampledCategory = {
    /// [D] place of the image.
    Images: int[]
    /// [D] bit t: true positive at IoU threshold t.
    Found: int[]
    /// [D] bit t: counts neither way.
    Ignored: int[]
    /// [I] ground truths that count.
    Truths: int[]
}

/// A detector's detections on a split, matched once, for AP over many samples of its images.
type ResampledPrecision private (categories: ResampledCategory[], imageCount: int) =

    static let at90 = 8

    /// [T] precision's mean over recall of a category; nothing where none of its ground truths is drawn.
    static let precisions (weights: int[]) (category: ResampledCategory) : float[] voption =
        let truths = Array.map2 (*) weights category.Truths |> Array.sum

        if truths = 0 then
            ValueNone
        else
            Array.init CocoCurves.iouThresholds.Length (fun t ->
                let bit = 1 <<< t
                let counts = ResizeArray<int>()
                let mutable counted = 0

                for d in 0 .. category.Images.Length - 1 do
                    let weight = weights[category.Images[d]]

                    if weight > 0 && category.Ignored[d] &&& bit = 0 then
                        if category.Found[d] &&& bit = 0 then
                            counted <- counted + weight
                        else
                            for _ in 1..weight do
                                counted <- counted + 1
                                counts.Add counted

                CocoCurves.curveAt truths (counts.ToArray()) |> fst |> Array.average)
            |> ValueSome

    /// Images of the split: the length of the weights.
    member _.ImageCount = imageCount

    /// `weights`: how often each image counts, in ascending order of the ids. Both figures are NaN where no ground truth is drawn. All 1: the
    /// figures of `CocoEvaluation.evaluate` but for the order of summation.
    member _.Figures(weights: int[]) : ResampledAP =
        if weights.Length <> imageCount then
            invalidArg
                (nameof weights)
                $"weights has {weights.Length} entries, expected one for each of {imageCount} images"

        let present =
            categories
            |> Array.choose (fun category ->
                match precisions weights category with
                | ValueSome each -> Some each
                | ValueNone -> None)

        let mean (figure: float[] -> float) =
            if present.Length = 0 then
                nan
            else
                Array.averageBy figure present

        {
            AP = mean Array.average
            AP90 = mean (fun each -> each[at90])
        }

    /// Arguments as `CocoEvaluation.evaluate` has them.
    static member Of
        (groundTruth: EvaluationBox[], detections: DetectionBox[], categoryIds: int64[], imageIds: int64[])
        : ResampledPrecision =
        let categoryIds = categoryIds |> Array.distinct |> Array.sort
        let imageIds = imageIds |> Array.distinct |> Array.sort
        let places = EvaluationCells.placesOf imageIds

        let cellsOf =
            EvaluationCells.ofCategories (categoryIds, imageIds, groundTruth, detections)

        let category (place: int) : ResampledCategory =
            let cells = cellsOf place
            let matched = (CocoCurves.ofCategory cells (RankedDetections.order cells)).Matched
            let truths = Array.zeroCreate<int> imageIds.Length

            for truth in cells.Truths do
                if not truth.Crowd then
                    truths[places[truth.ImageId]] <- truths[places[truth.ImageId]] + 1

            let order = matched.Order

            {
                Images = order |> Array.map (fun d -> places[cells.Detections[d].ImageId])
                Found = order |> Array.map (fun d -> matched.Outcome.Found[d])
                Ignored = order |> Array.map (fun d -> matched.Outcome.Ignored[d])
                Truths = truths
            }

        ResampledPrecision(Array.init categoryIds.Length category, imageIds.Length)
