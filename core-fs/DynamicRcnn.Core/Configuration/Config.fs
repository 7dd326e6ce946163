namespace DynamicRcnn.Core

/// Order of the colour channels that a backbone's weights expect.
[<RequireQualifiedAccess>]
type ChannelOrder =
    | Rgb
    | Bgr

/// What follows the convolutions of the backbone.
[<RequireQualifiedAccess>]
type BackboneNorm =
    /// Stored statistics and affine, none of it trained.
    | FrozenBatchNorm
    /// Stored statistics, affine trained (MMDetection's norm_eval).
    | EvalBatchNorm
    /// Group norm with a trained affine: for training from scratch with small batches.
    | GroupNorm

/// How an image's target size is computed.
[<RequireQualifiedAccess>]
type ResizeRule =
    /// Short side exact, long side truncated.
    | Official
    /// Both sides rounded half up.
    | MMDetection

/// Whose bilinear resampling of 8-bit pixels is computed, to the bit.
[<RequireQualifiedAccess>]
type ResamplingRule =
    /// The filter grows with the reduction, so that every pixel of the original counts.
    | Pillow
    /// INTER_LINEAR: two neighbours a direction.
    | OpenCV

/// Order of the sampled boxes of an image; no loss depends on it beyond rounding.
[<RequireQualifiedAccess>]
type SamplingOrder =
    /// As drawn: positives, then negatives, each in the order of their random keys. Ours.
    | Drawn
    /// Positives, then negatives, each in the order of the candidates (MMDetection).
    | PositivesFirst
    /// The order of the candidates (the authors' code).
    | Candidates

/// How feature maps and the weights of convolutions lie in memory.
[<RequireQualifiedAccess>]
type MemoryFormat =
    /// Channels last on a GPU, one channel after the other on a CPU.
    | Auto
    | Contiguous
    | ChannelsLast

/// Images: reading, order, augmentation.
type DataConfig = {
    /// The data set: a folder, or an annotation file. Empty in presets; `--data` fills it in.
    Path: string
    /// What is trained on, by hand: a split of the data set, a file or a folder; empty = the split train. Likewise below.
    Train: string
    Val: string
    Test: string
    /// Share of the training split's images that is evaluated instead of trained on; 0 = none.
    HoldOut: float
    /// A finding about the data (a box without area, an image that cannot be decoded) ends the run.
    Strict: bool
    /// Images of one optimiser step (over all accumulation steps).
    ImagesPerStep: int
    /// Short sides in pixels to draw from in training; one is drawn per image.
    ShortSides: int[]
    /// Upper bound of the long side in training, in pixels.
    MaxSide: int
    EvaluationShortSide: int
    EvaluationMaxSide: int
    ResizeRule: ResizeRule
    Resampling: ResamplingRule
    /// Probability of a horizontal flip.
    FlipProbability: float
    /// Strengths of photometric augmentation, 0 = off.
    Brightness: float
    Contrast: float
    Saturation: float
    /// Batches are padded (right, bottom) to a multiple of this many pixels.
    PadMultiple: int
    /// Batches hold either wide or tall images.
    AspectGrouping: bool
    /// Images without boxes train as background; false leaves them out.
    ImagesWithoutBoxes: bool
    /// Where images without boxes are left out: a crowd keeps its image, which then trains as background or is skipped.
    CrowdsKeepImages: bool
    /// Boxes with a side of fewer pixels are left out of training; those without area always are.
    MinimumBoxSide: float
    /// Images with a side of fewer pixels are left out of training.
    MinimumImageSide: int
    /// Images of more pixels by their header are left out.
    MaxPixels: int
    DecodeThreads: int
    /// Batches decoded ahead of the loop.
    QueueLength: int
    /// Memory bound of the cache of decoded images; 0 = no cache.
    CacheMegabytes: int
}

/// What belongs to the backbone's weights.
type BackboneConfig = {
    /// 18, 34, 50 or 101.
    Depth: int
    /// Channels of the stem; 64 in every published model, less for narrow ones.
    StemChannels: int
    /// Stride of a stage in the first 1x1 convolution (caffe) instead of the 3x3 (torchvision). Depth 50 and 101 only.
    StrideIn1x1: bool
    /// The last residual stage that exists: 3 (coarser levels are pooled from it) or 4.
    LastStage: int
    /// 0: all trained; 1: stem frozen; 2: stem and layer1; up to 5.
    FrozenStages: int
    /// Residual stages, such as [2, 3, 4], whose 3x3 convolutions are modulated deformable ones (DCNv2). Depth 50 and 101 only.
    DeformableStages: int[]
    /// So many blocks of channels have offsets and masks of their own; 1 in every published model.
    OffsetGroups: int
    /// The convolutions that compute offsets start from Kaiming's uniform distribution with a = 1 instead of from zero.
    KaimingOffsets: bool
    Norm: BackboneNorm
    NormEpsilon: float
    Channels: ChannelOrder
    /// In the weights' channel order, on a 0..255 scale.
    Mean: float[]
    Std: float[]
    /// File with a backbone or a whole detector (safetensors, .pth or .pkl); empty = start from scratch.
    Weights: string
}

type FpnConfig = {
    Channels: int
    /// Group norm after each FPN convolution, for layers that start from scratch.
    Norm: bool
    /// Finest pyramid level that the RPN and the RoI head use: 2 (stride 4) in every published model. At most LastStage + 1.
    FirstLevel: int
}

type RpnConfig = {
    /// Anchor side = scale x stride.
    AnchorScale: float
    /// Height / width.
    AnchorRatios: float[]
    PositiveIoU: float
    NegativeIoU: float
    /// A ground truth's best anchor becomes positive when its IoU reaches this; 0 = always.
    MinimumPositiveIoU: float
    AnchorsPerImage: int
    PositiveFraction: float
    /// Boxes of a pyramid level and image that enter non-maximum suppression.
    PreNmsTrain: int
    PreNmsTest: int
    /// Proposals of an image that remain (of a batch: times its images).
    PostNmsTrain: int
    PostNmsTest: int
    NmsIoU: float
    /// Smooth L1 beta of the RPN's box loss; 0 = L1. It never moves.
    LossBeta: float
}

type RoIHeadConfig = {
    PooledSide: int
    /// Samples per bin and axis; 0 = adaptive.
    SamplingRatio: int
    HiddenUnits: int
    RoIsPerImage: int
    PositiveFraction: float
    /// Standard deviations of dx, dy, dw, dh.
    BoxCoderStd: float[]
    ScoreThreshold: float
    NmsIoU: float
    DetectionsPerImage: int
}

/// Geometric and ordering conventions of a reference profile, as data.
type Conventions = {
    /// 1: width = x2 - x1 + 1 (maskrcnn-benchmark); 0: width = x2 - x1.
    BoxOffset: int
    /// Integer, corner-based anchors instead of floats centred on the grid point.
    IntegerAnchors: bool
    /// RoIAlign with the half-pixel shift and no minimum size.
    AlignedRoIAlign: bool
    /// Anchors that reach over the image's border take no part in training.
    IgnoreOutsideAnchors: bool
    /// A low-quality match goes to the ground truth that lacks a match, not to the anchor's own best.
    LowQualityMatchToGroundTruth: bool
    /// Training proposals are selected over the batch, not per image.
    ProposalsPerBatch: bool
    /// Log-size deltas are clamped from below too.
    ClampDeltasBelow: bool
    /// Row 0 of the classifier is background; otherwise the last row.
    BackgroundFirst: bool
    /// Pyramid and hidden layers start from Kaiming's uniform distribution with a = 1, +-sqrt(3 / fan in), instead of Xavier's.
    KaimingInitialisation: bool
    /// In the divisor of the RPN's losses an image without sampled positives, or without negatives, counts one of them.
    CountMissingAnchors: bool
    /// Training proposals stay in the order of the pyramid's levels instead of that of their scores.
    ProposalsByLevel: bool
    /// Ground truth comes before the proposals instead of after them.
    TruthFirst: bool
    SamplingOrder: SamplingOrder
    /// Suppression also drops a box whose IoU equals the threshold (the authors' CPU code; their GPU code keeps it).
    SuppressEqual: bool
    /// Detections are scaled to the original image before suppression instead of after it.
    RescaleBeforeNms: bool
    /// Detections that tie with the last one under the cap are all kept.
    KeepTiesAtCap: bool
    /// Detections are ordered by class, then by proposal, instead of by score.
    ResultsByClass: bool
}

type ModelConfig = {
    Backbone: BackboneConfig
    Fpn: FpnConfig
    Rpn: RpnConfig
    RoIHead: RoIHeadConfig
    Conventions: Conventions
}

type CheckpointConfig = {
    /// Iterations between checkpoints.
    Interval: int
    /// Checkpoints kept beside the best and the last.
    Keep: int
    /// Writes of results in a row that may fail while the run goes on; 0 = the first one ends it.
    FailuresInARow: int
}

type NonFiniteConfig = {
    /// Non-finite steps in a row after which the run stops.
    MaxInARow: int
}

type RunConfig = {
    Seed: int
    /// CPU threads of libtorch; 0 = one for each processor core.
    Threads: int
    /// "auto", "cpu", "cuda" or "cuda:N".
    Device: string
    MemoryFormat: MemoryFormat
    /// Iterations between progress lines.
    LogInterval: int
}

/// Everything that decides a run's result, and nothing that does not exist.
type Config = {
    /// The preset that the values started from.
    Preset: string
    Data: DataConfig
    Model: ModelConfig
    Dynamic: DynamicConfig
    Solver: SolverConfig
    Evaluation: EvaluationConfig
    Checkpoint: CheckpointConfig
    NonFinite: NonFiniteConfig
    Run: RunConfig
}
