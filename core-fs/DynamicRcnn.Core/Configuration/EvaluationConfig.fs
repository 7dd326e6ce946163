namespace DynamicRcnn.Core

/// How an image is tested: as it is, or at several sizes whose results are merged.
[<RequireQualifiedAccess>]
type TestingKind =
    /// Once, at the evaluation size.
    | None
    /// The authors' code: every pass has its own proposals; the boxes of all passes go through one suppression.
    | Official
    /// MMDetection: the passes' proposals are merged, and the head's boxes and scores averaged over the passes.
    | MMDetection

/// What suppression does to the score of a box that overlaps a better one of its class (arXiv 1704.04503).
[<RequireQualifiedAccess>]
type SoftNmsKind =
    /// Plain suppression: the box goes.
    | None
    /// Times 1 - IoU, where the IoU is larger than model.roiHead.nmsIoU.
    | Linear
    /// Times exp(-IoU^2 / sigma).
    | Gaussian

/// Testing at several sizes. With the kind None the other values say nothing.
type TestingConfig = {
    [<Field "How evaluation and prediction test an image: once, or at several sizes merged the authors' or MMDetection's way.">]
    Kind: TestingKind
    [<Field "Short sides of the passes. Official: beside the pass at the evaluation size; MMDetection: instead of it.";
      Ascending;
      AtLeast 1.0>]
    Scales: int[]
    [<Field "Upper bound of the long side in these passes: one for all, or one for each scale."; NonEmpty; AtLeast 1.0>]
    MaxSides: int[]
    [<Field "Each pass is followed by its mirror image.">]
    Flip: bool
}

type SoftNmsConfig = {
    [<Field "What suppression does to a box that overlaps a better one: drop it, or lower its score by a line or a Gaussian.">]
    Kind: SoftNmsKind
    [<Field "Width of the Gaussian: a score is multiplied by exp(-IoU^2 / sigma)."; MoreThan 0.0>]
    Sigma: float
    [<Field "Boxes whose lowered score falls below it go."; Between(0.0, 1.0)>]
    MinimumScore: float
}

type EvaluationConfig = {
    [<Field("Iterations between evaluations; 0 = at the end alone.", MayChangeOnResume = true); AtLeast 0.0>]
    Interval: int
    [<Field("Also compute the losses on the validation images.", MayChangeOnResume = true)>]
    ValidationLoss: bool
    [<Field("Stop after so many evaluations without a better AP; 0 = never.", MayChangeOnResume = true); AtLeast 0.0>]
    Patience: int
    [<Field("Validation images of which the run keeps a small copy and each evaluation's boxes, for the report; 0 = none.",
            MayChangeOnResume = true);
      AtLeast 0.0>]
    PanelImages: int
    Testing: TestingConfig
    SoftNms: SoftNmsConfig
    [<Field "Suppression goes over all classes together, in evaluation and prediction: one box for a place, of the class with the best score.">]
    SuppressAcrossClasses: bool
    [<Field "Number format of the forward pass in evaluation and prediction; an exported file stays float32.">]
    Precision: Precision
}
