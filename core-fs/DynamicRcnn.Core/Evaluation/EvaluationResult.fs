namespace DynamicRcnn.Core

/// A figure of the evaluation. -1 means that nothing was there to average over, as in pycocotools.
type EvaluationFigure = { Name: string; Value: float }

/// Pascal VOC's average precision at IoU 0.5; -1 without ground truth.
[<Struct>]
type VocAP = {
    /// Mean of the best precision at recall 0, 0.1, ... 1: VOC 2007 and before.
    ElevenPoint: float
    /// Area under the curve of best precisions: VOC 2010 and after.
    Area: float
}

/// What the detections with a score of at least `Score` are worth, at IoU 0.5. -1 where there is nothing to divide by.
[<Struct>]
type ScorePoint = {
    Score: float
    /// Right ones among them.
    Precision: float
    /// Ground truths that they find.
    Recall: float
    /// 2 right / (detections + ground truths)
    F1: float
}

/// How precision and recall depend on the lowest score that counts, at IoU 0.5, all categories' detections in one list.
type ScoreCurve = {
    /// Where F1 is highest, of equals the highest score; it lies halfway to the next lower score. -1 throughout where nothing is right.
    Best: ScorePoint
    /// [101] at the scores 0, 0.01, ... 1
    Points: ScorePoint[]
}

/// The lowest scores with which detections are most useful: those with the best F1 of an evaluation. -1 where nothing says one.
type ScoreThresholds = {
    /// One for all classes.
    All: float
    /// One for each class, in the order of the labels; empty before the first evaluation.
    ByClass: float[]
}

/// The figures of one category; -1 without ground truth.
type CategoryResult = {
    CategoryId: int64
    /// The 12 figures over this category alone, in the order of `EvaluationResult.Figures`.
    Figures: EvaluationFigure[]
    /// By the index of `EvaluationResult.IoUThresholds`.
    APByIoU: float[]
    /// [101] at IoU 0.5, by the index of `PrecisionRecall.Recall`; -1 throughout without ground truth.
    PrecisionAt50: float[]
    Voc: VocAP
    /// As `ScoreCurve.Best`, of this category alone.
    BestScore: ScorePoint
    /// Ground truths, crowds left out.
    GroundTruthCount: int
    DetectionCount: int
} with

    member this.AP = this.Figures[0].Value
    member this.AP50 = this.Figures[1].Value
    member this.AP75 = this.Figures[2].Value
    member this.APSmall = this.Figures[3].Value
    member this.APMedium = this.Figures[4].Value
    member this.APLarge = this.Figures[5].Value
    member this.AR100 = this.Figures[8].Value

/// Precision over recall, at all areas and at most 100 detections of a category in an image.
type PrecisionRecall = {
    /// [101] 0, 0.01, ... 1
    Recall: float[]
    /// [10][101] mean over the categories with ground truth, by the index of `EvaluationResult.IoUThresholds`; -1 when there is none.
    MeanPrecision: float[][]
}

/// Which category was found in place of which, at one IoU and one score.
type ConfusionMatrix = {
    /// [K] the category of each row and column; a last row and column stand for the background.
    CategoryIds: int64[]
    /// [K + 1][K + 1] rows: ground truth; columns: detection. Last column: objects that were missed; last row: detections of nothing.
    Counts: int[][]
}

/// What became of the detections and the ground truths at one IoU and one score. Every detection that reaches the score is of
/// one kind; docs/evaluation.md defines them.
type ErrorCounts = {
    Correct: int
    /// On an object of its category, but too far off.
    Localisation: int
    /// On an object of another category.
    Class: int
    /// On an object that another detection has already found.
    Duplicate: int
    /// On nothing.
    Background: int
    /// On a crowd of its category: neither right nor wrong.
    InCrowd: int
    /// Ground truths that no detection found, nor took for another category.
    Missed: int
}

/// How well an image was read, at one IoU and one score.
type ImageResult = {
    ImageId: int64
    /// 2 correct / (2 correct + missed + false positives)
    F1: float
    Correct: int
    /// Ground truths without a correct detection.
    Missed: int
    /// Detections that are not correct; those in crowds left out.
    FalsePositives: int
}

/// Errors of the detections that reach a score.
type ErrorAnalysis = {
    /// From this IoU on a detection is on an object.
    IoU: float
    /// Detections below it take no part.
    Score: float
    Confusion: ConfusionMatrix
    Counts: ErrorCounts
    /// Lowest F1 first, then most errors, then ascending id; images with neither objects nor detections are left out.
    Worst: ImageResult[]
    /// Highest F1 first, then most correct detections, then ascending id.
    Best: ImageResult[]
}

/// How many errors of a kind there are, and the AP at IoU 0.5 that mending them and nothing else would win.
[<Struct>]
type ErrorCost = { Count: int; AP: float }

/// The six kinds of errors of TIDE (Bolya et al., ECCV 2020), and what all errors of either side cost. A detection is of one kind at most;
/// every score counts. What the kinds win does not add up to what is missing to an AP of 1.
type ErrorCosts = {
    /// On an object of another category: would be right with that category.
    Class: ErrorCost
    /// Near an object of its category, IoU 0.1 to 0.5: would be right with that box.
    Localisation: ErrorCost
    /// Near an object of another category.
    ClassAndLocalisation: ErrorCost
    /// On an object of its category that a better detection has found.
    Duplicate: ErrorCost
    /// On nothing: no IoU above 0.1.
    Background: ErrorCost
    /// Ground truths that nothing finds, nor would with another category or box.
    Missed: ErrorCost
    /// All detections that are wrong, taken away.
    FalsePositives: ErrorCost
    /// All ground truths that are not found, taken away.
    FalseNegatives: ErrorCost
}

/// The evaluation of boxes.
type EvaluationResult = {
    /// The 12 figures in pycocotools' order: AP, AP50, AP75, APs, APm, APl, AR1, AR10, AR100, ARs, ARm, ARl.
    Figures: EvaluationFigure[]
    /// The 10 thresholds 0.5 to 0.95; the ninth is 0.8999999999999999, so take them by index.
    IoUThresholds: float[]
    /// AP at each threshold, by the same index; AP90 is entry 8.
    APByIoU: float[]
    Curves: PrecisionRecall
    Scores: ScoreCurve
    /// Mean over the categories with ground truth.
    Voc: VocAP
    Errors: ErrorAnalysis
    ErrorCosts: ErrorCosts
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
