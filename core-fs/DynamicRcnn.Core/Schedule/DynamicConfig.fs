namespace DynamicRcnn.Core

/// Which statistics of the proposals drive the schedule (docs/method.md).
[<RequireQualifiedAccess>]
type StatisticsRule =
    /// The authors' released code, quirks included.
    | Official
    /// MMDetection's port, quirks included.
    | MMDetection
    /// Ours: ground truth is not counted among the proposals. The default.
    | ProposalsOnly

/// What K_I and K_E count in an image under ProposalsOnly, which leaves out the ground truths that the published counts include.
[<RequireQualifiedAccess>]
type RankScaling =
    /// K, in every image.
    | Constant
    /// K less the image's ground truths, at least 1.
    | LessGroundTruths
    /// K in an image with COCO's mean of 7.3 ground truths, in proportion in others, at least 1.
    | PerGroundTruth
    /// K hundredths of an image's overlaps, at least 1: the positives that SimOTA would give to its ground truths.
    | PerOverlap
    /// K hundredths of an image's positives, at least 1: a quantile of the proposals that reach the floor threshold.
    | PerPositive

/// The schedule of the IoU threshold and of beta.
type DynamicConfig = {
    [<Field "Which statistics drive the schedule (docs/method.md).">]
    Rule: StatisticsRule
    [<Field "Otherwise the IoU threshold stays at `dynamic.initialIoU`.">]
    MoveThreshold: bool
    [<Field "Otherwise beta stays at `dynamic.initialBeta`.">]
    MoveBeta: bool
    [<Field "K_I: rank of the IoU statistic, per image."; AtLeast 1.0>]
    TopIoUCount: int
    [<Field "K_E: rank of the error statistic, per image."; AtLeast 1.0>]
    LowErrorCount: int
    [<Field "C: iterations of a window."; AtLeast 1.0>]
    UpdateInterval: int
    [<Field "IoU threshold of the first window."; MoreThanUpTo(0.0, 1.0)>]
    InitialIoU: float
    [<Field "Lower bound of the IoU threshold."; MoreThanUpTo(0.0, 1.0)>]
    FloorIoU: float
    [<Field "Upper bound of the IoU threshold; the rule ProposalsOnly alone has one."; MoreThanUpTo(0.0, 1.0)>]
    CeilingIoU: float
    [<Field "Beta of the first window, and its upper bound."; MoreThan 0.0>]
    InitialBeta: float
    [<Field "Lower bound of beta; the rule ProposalsOnly alone has one, and there it is more than 0."; AtLeast 0.0>]
    MinimumBeta: float
    [<Field "What both counts mean in an image under ProposalsOnly: themselves, less its ground truths, in proportion to them, or hundredths of its overlaps or of its positives (docs/method.md).">]
    RankScaling: RankScaling
}
