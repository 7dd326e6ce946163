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
    Kind: TestingKind
    /// Short sides of the passes in pixels. Official: beside the pass at the evaluation size. MMDetection: instead of it, if there are any.
    Scales: int[]
    /// Upper bound of the long side in these passes: one for all, or one for each scale.
    MaxSides: int[]
    /// Each pass is followed by its mirror image.
    Flip: bool
}

type SoftNmsConfig = {
    Kind: SoftNmsKind
    /// Of the kind Gaussian.
    Sigma: float
    /// Boxes whose score falls below it go.
    MinimumScore: float
}

type EvaluationConfig = {
    /// Iterations between evaluations; 0 = at the end alone.
    Interval: int
    /// Also compute the losses on the validation images.
    ValidationLoss: bool
    /// Stop after this many evaluations without a better AP; 0 = never.
    Patience: int
    /// Validation images whose boxes each evaluation keeps, for the report; 0 = none.
    PanelImages: int
    Testing: TestingConfig
    SoftNms: SoftNmsConfig
}
