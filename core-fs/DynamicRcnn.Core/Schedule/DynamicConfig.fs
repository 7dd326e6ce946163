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

/// The schedule of the IoU threshold and of beta.
type DynamicConfig = {
    Rule: StatisticsRule
    /// false: the IoU threshold stays at InitialIoU.
    MoveThreshold: bool
    /// false: beta stays at InitialBeta.
    MoveBeta: bool
    /// K_I: rank of the IoU statistic, per image.
    TopIoUCount: int
    /// K_E: rank of the error statistic, per image.
    LowErrorCount: int
    /// C: iterations of a window.
    UpdateInterval: int
    /// IoU threshold of the first window.
    InitialIoU: float
    FloorIoU: float
    /// Upper bound of the IoU threshold; ProposalsOnly alone has one.
    CeilingIoU: float
    /// Beta of the first window and its upper bound.
    InitialBeta: float
    /// Lower bound of beta; ProposalsOnly alone has one.
    MinimumBeta: float
    /// What both counts mean in an image; Constant but under ProposalsOnly.
    RankScaling: RankScaling
}
