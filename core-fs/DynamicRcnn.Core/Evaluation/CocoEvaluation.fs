namespace DynamicRcnn.Core

/// COCO's average precision of boxes, equal to pycocotools' (cocoapi 8c9bcc3 cocoeval.py: summarize), in float64, and what else an
/// evaluation tells.
[<RequireQualifiedAccess>]
module CocoEvaluation =

    /// What nothing to average over gives.
    let private nothing = -1.0

    /// Mean in NumPy's order of summation, -1 of nothing.
    let private mean (values: float[]) : float =
        if values.Length = 0 then nothing else Summation.mean values

    let private everyThreshold = [| 0 .. CocoCurves.iouThresholds.Length - 1 |]
    let private at50, at75 = [| 0 |], [| 5 |]

    /// The categories that have a curve.
    let private present (curves: Curve voption[]) : Curve[] =
        curves |> Array.choose ValueOption.toOption

    /// AP over categories and the chosen thresholds, added threshold by threshold, recall by recall, category by category.
    let private averagePrecision (thresholds: int[]) (curves: Curve[]) : float =
        let points = CocoCurves.recallPoints.Length

        Array.init (thresholds.Length * points * curves.Length) (fun i ->
            let threshold = thresholds[i / (points * curves.Length)]
            curves[i % curves.Length].Precision[threshold][i / curves.Length % points])
        |> mean

    let private averageRecall (curves: Curve[]) : float =
        everyThreshold
        |> Array.collect (fun t -> curves |> Array.map (fun curve -> curve.Recall[t]))
        |> mean

    let private figures (categories: CategoryCurves[]) : EvaluationFigure[] =
        let precision name thresholds select = {
            Name = name
            Value = categories |> Array.map select |> present |> averagePrecision thresholds
        }

        let recall name select = {
            Name = name
            Value = categories |> Array.map select |> present |> averageRecall
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

    let private byIoU (curves: Curve[]) : float[] =
        everyThreshold |> Array.map (fun t -> averagePrecision [| t |] curves)

    /// At each recall point.
    let private meanPrecision (threshold: int) (curves: Curve[]) : float[] =
        CocoCurves.recallPoints
        |> Array.mapi (fun r _ -> curves |> Array.map (fun curve -> curve.Precision[threshold][r]) |> mean)

    /// A category on its own. The curves go on to the figures of all.
    let private evaluateCategory (categoryId: int64) (cells: CategoryCells) : CategoryResult * CategoryCurves =
        let order = RankedDetections.order cells
        let curves = CocoCurves.ofCategory cells order
        let all = present [| curves.Top100 |]

        let result = {
            CategoryId = categoryId
            Figures = figures [| curves |]
            APByIoU = byIoU all
            PrecisionAt50 = meanPrecision 0 all
            Voc = VocPrecision.ofCategory cells order
            BestScore = ScoreCurves.best curves.Hits
            GroundTruthCount = cells.Truths |> Array.sumBy (fun box -> if box.Crowd then 0 else 1)
            DetectionCount = cells.Detections.Length
        }

        result, curves

    /// Evaluates detections against ground truths, over the given categories and images; boxes of others are left out.
    /// The order matters for equal scores alone: within an image the input's, then ascending image id.
    [<CompiledName "Evaluate">]
    let evaluate
        (groundTruth: EvaluationBox[], detections: DetectionBox[], categoryIds: int64[], imageIds: int64[])
        : EvaluationResult =
        let categoryIds = categoryIds |> Array.distinct |> Array.sort
        let imageIds = imageIds |> Array.distinct |> Array.sort

        let cellsOf =
            EvaluationCells.ofCategories (categoryIds, imageIds, groundTruth, detections)

        let results =
            Array.Parallel.init categoryIds.Length (fun category ->
                let cells = cellsOf category
                let crowds = cells.Truths |> Array.sumBy (fun box -> if box.Crowd then 1 else 0)
                evaluateCategory categoryIds[category] cells, crowds)

        let categories, curves = results |> Array.map fst |> Array.unzip
        let all = curves |> Array.map _.Top100 |> present

        {
            Figures = figures curves
            IoUThresholds = CocoCurves.iouThresholds
            APByIoU = byIoU all
            Curves = {
                Recall = CocoCurves.recallPoints
                MeanPrecision = everyThreshold |> Array.map (fun t -> meanPrecision t all)
            }
            Scores = curves |> Array.map _.Hits |> ScoreCurves.pooled |> ScoreCurves.curve
            Voc = categories |> Array.map _.Voc |> VocPrecision.mean
            Errors = DetectionErrors.analyse (categoryIds, imageIds, groundTruth, detections)
            ErrorCosts = curves |> Array.map _.Matched |> MendedErrors.analyse
            Categories = categories
            ImageCount = imageIds.Length
            GroundTruthCount = categories |> Array.sumBy _.GroundTruthCount
            CrowdCount = results |> Array.sumBy snd
            DetectionCount = categories |> Array.sumBy _.DetectionCount
        }

    /// The scores with the best F1. `categoryIds`: the classes in the order of the labels.
    [<CompiledName "Thresholds">]
    let thresholds (result: EvaluationResult, categoryIds: int64[]) : ScoreThresholds = {
        All = result.Scores.Best.Score
        ByClass =
            categoryIds
            |> Array.map (fun id ->
                result.Categories
                |> Array.tryFind (fun category -> category.CategoryId = id)
                |> Option.map _.BestScore.Score
                |> Option.defaultValue nothing)
    }
