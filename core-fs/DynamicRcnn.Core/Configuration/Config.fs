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

/// How a cascade's stages agree on the scores of a box.
[<RequireQualifiedAccess>]
type CascadeScores =
    /// The mean of the stages' logits, then softmax (MMDetection).
    | MeanOfLogits
    /// The mean of the stages' probabilities (Detectron2).
    | MeanOfProbabilities

/// How feature maps and the weights of convolutions lie in memory.
[<RequireQualifiedAccess>]
type MemoryFormat =
    /// Channels last on a GPU, one channel after the other on a CPU.
    | Auto
    | Contiguous
    | ChannelsLast

/// Images: reading, order, augmentation.
type DataConfig = {
    [<Field("The data set: a folder, or an annotation file. Empty in presets; `--data` fills it in.",
            MayChangeOnResume = true)>]
    Path: string
    [<Field("What is trained on: a split of the data set, a file or a folder. Empty: its split train; `--train` fills it in.",
            MayChangeOnResume = true)>]
    Train: string
    [<Field("What is evaluated, likewise; empty: its split val, or test where it has no val.", MayChangeOnResume = true)>]
    Val: string
    [<Field("The split test, likewise.", MayChangeOnResume = true)>]
    Test: string
    [<Field "Share of the training split's images that is kept out of training and evaluated as val; 0 = none.";
      FromBelow(0.0, 1.0)>]
    HoldOut: float
    [<Field("A finding about the data ends the run; otherwise it goes on without the box or image and says so.",
            MayChangeOnResume = true)>]
    Strict: bool
    [<Field "Images of one optimiser step, over all accumulation steps. `train --set data.imagesPerStep=auto` finds how many memory holds.";
      AtLeast 1.0>]
    ImagesPerStep: int
    [<Field "Short sides in pixels to draw from in training, one for each image."; NonEmpty; AtLeast 1.0>]
    ShortSides: int[]
    [<Field "Upper bound of the long side in training, in pixels."; AtLeast 1.0>]
    MaxSide: int
    [<Field "Short side in evaluation and prediction, in pixels."; AtLeast 1.0>]
    EvaluationShortSide: int
    [<Field "Upper bound of the long side in evaluation and prediction, in pixels."; AtLeast 1.0>]
    EvaluationMaxSide: int
    [<Field "How the target size is computed: the authors' way (long side truncated) or MMDetection's (both sides rounded).">]
    ResizeRule: ResizeRule
    [<Field "Whose bilinear resampling, to the bit: Pillow's, which averages where it shrinks, or OpenCV's INTER_LINEAR. A configuration that gives data.resizeRule alone means both: Pillow with Official, OpenCV with MMDetection.">]
    Resampling: ResamplingRule
    [<Field "Probability of a horizontal flip."; Between(0.0, 1.0)>]
    FlipProbability: float
    [<Field "Probability of a vertical flip; 0 = off."; Between(0.0, 1.0)>]
    VerticalFlipProbability: float
    [<Field "Probability of a turn by 90, 180 or 270 degrees, each as likely; 0 = off."; Between(0.0, 1.0)>]
    QuarterTurnProbability: float
    [<Field "An image's size is multiplied by a factor drawn from 1 / (1 + this) to 1 + this, evenly in its logarithm; what becomes larger is cut to the size before. 0 = off.";
      AtLeast 0.0>]
    ScaleJitter: float
    [<Field "Largest share of the width, and of the height, that a crop takes away, each drawn from 0; one drawn box stays whole where it fits. 0 = off.";
      FromBelow(0.0, 1.0)>]
    Crop: float
    [<Field "Probability that an image is put together from parts of four, up to the first of solver.milestones, under Cosine too (without milestones: throughout); crops and jitter leave it alone. 0 = off.";
      Between(0.0, 1.0)>]
    Mosaic: float
    [<Field "A box that a crop, jitter or mosaic cuts stays, cut, when at least this share of its area is left; otherwise it is left out.";
      Between(0.0, 1.0)>]
    MinimumVisible: float
    [<Field "Strength of brightness augmentation; 0 = off."; FromBelow(0.0, 1.0)>]
    Brightness: float
    [<Field "Strength of contrast augmentation; 0 = off."; FromBelow(0.0, 1.0)>]
    Contrast: float
    [<Field "Strength of saturation augmentation; 0 = off."; FromBelow(0.0, 1.0)>]
    Saturation: float
    [<Field "Batches are padded (right, bottom) to a multiple of so many pixels."; AtLeast 1.0>]
    PadMultiple: int
    [<Field "A batch holds either wide or tall images, which saves padding.">]
    AspectGrouping: bool
    [<Field "Images with a class that less than this share of the images holds come more often in an epoch: max(1, sqrt(this / share)) times, by the image's rarest class. 0 = off.";
      Between(0.0, 1.0)>]
    RepeatFactor: float
    [<Field "Images without boxes train as background; otherwise they are left out.">]
    ImagesWithoutBoxes: bool
    [<Field "Where images without boxes are left out: a crowd keeps its image.">]
    CrowdsKeepImages: bool
    [<Field "Boxes with a side of fewer pixels are left out of training."; AtLeast 0.0>]
    MinimumBoxSide: float
    [<Field "Images with a side of fewer pixels are left out of training."; AtLeast 0.0>]
    MinimumImageSide: int
    [<Field "Images of more pixels by their header are left out, before memory is taken for them."; AtLeast 1.0>]
    MaxPixels: int
    [<Field("Threads that read and decode images ahead of the loop.", MayChangeOnResume = true); AtLeast 1.0>]
    DecodeThreads: int
    [<Field("Batches decoded ahead of the loop.", MayChangeOnResume = true); AtLeast 1.0>]
    QueueLength: int
    [<Field("Memory bound of the cache of decoded images; 0 = no cache.", MayChangeOnResume = true); AtLeast 0.0>]
    CacheMegabytes: int
}

/// What belongs to the backbone's weights.
type BackboneConfig = {
    [<Field "Layers of the ResNet."; OneOf(18, 34, 50, 101)>]
    Depth: int
    [<Field "Channels of the stem; 64 in every published model."; AtLeast 1.0>]
    StemChannels: int
    [<Field "A stage's stride is in its first 1x1 convolution (caffe), not in the 3x3 (torchvision). Depth 50 and 101.">]
    StrideIn1x1: bool
    [<Field "The last residual stage that exists; after 3, coarser levels are pooled from it."; OneOf(3, 4)>]
    LastStage: int
    [<Field "0: everything is trained; 1: the stem is frozen; 2: stem and layer1; and so on."; Between(0.0, 5.0)>]
    FrozenStages: int
    [<Field "Residual stages whose 3x3 convolutions are modulated deformable ones (DCNv2); none by default. Depth 50 and 101.";
      Ascending;
      Between(1.0, 4.0)>]
    DeformableStages: int[]
    [<Field "Blocks of channels with offsets and masks of their own in a deformable convolution; 1 in every published model.";
      AtLeast 1.0>]
    OffsetGroups: int
    [<Field "The convolutions that compute offsets start as in the authors' code, from Kaiming's uniform distribution; otherwise from zero.">]
    KaimingOffsets: bool
    [<Field "FrozenBatchNorm trains nothing; EvalBatchNorm trains the affine; GroupNorm learns from scratch with small batches.">]
    Norm: BackboneNorm
    [<Field "Epsilon of the batch norm that the weights were trained with."; AtLeast 0.0>]
    NormEpsilon: float
    [<Field "Order of the colour channels that the weights expect.">]
    Channels: ChannelOrder
    [<Field "Subtracted from each channel, in the weights' channel order, on a 0..255 scale."; Exactly 3>]
    Mean: float[]
    [<Field "Each channel is divided by it."; Exactly 3; MoreThan 0.0>]
    Std: float[]
    [<Field "Weights to start from: a file with a backbone or a whole detector (safetensors, .pth or .pkl), or the folder of a run; empty = from scratch.">]
    Weights: string
    [<Field("Gradient checkpointing: backward computes each trained residual block again instead of keeping its inner values. The same gradients to the bit, less memory, more time.",
            MayChangeOnResume = true)>]
    GradientCheckpointing: bool
}

type FpnConfig = {
    [<Field "Channels of every pyramid level."; AtLeast 1.0>]
    Channels: int
    [<Field "Group norm after each convolution, for layers that start from scratch.">]
    Norm: bool
    [<Field "Finest pyramid level; 2 (stride 4) in every published model."; Between(2.0, 5.0)>]
    FirstLevel: int
}

type RpnConfig = {
    [<Field "Anchor side = scale x stride."; MoreThan 0.0>]
    AnchorScale: float
    [<Field "Height / width."; NonEmpty; MoreThan 0.0>]
    AnchorRatios: float[]
    [<Field "An anchor with this IoU or more is positive."; MoreThanUpTo(0.0, 1.0)>]
    PositiveIoU: float
    [<Field "An anchor with a lower IoU is negative."; Between(0.0, 1.0)>]
    NegativeIoU: float
    [<Field "A ground truth's best anchor is positive too when its IoU reaches this; 0 = always."; Between(0.0, 1.0)>]
    MinimumPositiveIoU: float
    [<Field "Anchors of an image that enter the loss."; AtLeast 1.0>]
    AnchorsPerImage: int
    [<Field "At most this share of them is positive."; MoreThanUpTo(0.0, 1.0)>]
    PositiveFraction: float
    [<Field "Best boxes of a level and image that enter suppression in training."; AtLeast 1.0>]
    PreNmsTrain: int
    [<Field "The same outside training."; AtLeast 1.0>]
    PreNmsTest: int
    [<Field "Proposals of an image in training."; AtLeast 1.0>]
    PostNmsTrain: int
    [<Field "The same outside training."; AtLeast 1.0>]
    PostNmsTest: int
    [<Field "Of two proposals that overlap by more, the lower score goes."; MoreThanUpTo(0.0, 1.0)>]
    NmsIoU: float
    [<Field "Beta of the RPN's smooth L1 loss; 0 = L1. It never moves."; AtLeast 0.0>]
    LossBeta: float
}

/// What the box head's regression is trained with.
[<RequireQualifiedAccess>]
type BoxLoss =
    /// Of the deltas, with the schedule's beta.
    | SmoothL1
    /// Of the deltas, without a beta.
    | L1
    /// 1 - generalised IoU of the decoded box and its ground truth.
    | GIoU

type RoIHeadConfig = {
    [<Field "Side of RoIAlign's output."; AtLeast 1.0>]
    PooledSide: int
    [<Field "Samples per bin and axis; 0 = adaptive."; AtLeast 0.0>]
    SamplingRatio: int
    [<Field "Units of each of the two hidden layers."; AtLeast 1.0>]
    HiddenUnits: int
    [<Field "RoIs of an image that enter the loss."; AtLeast 1.0>]
    RoIsPerImage: int
    [<Field "At most this share of them is positive."; MoreThanUpTo(0.0, 1.0)>]
    PositiveFraction: float
    [<Field "Factors on the classification loss of the RoIs of each class, in the order of the data set's classes; the background has 1. Empty: 1 for each.";
      AtLeast 0.0>]
    ClassWeights: float[]
    [<Field "Standard deviations of dx, dy, dw, dh."; Exactly 4; MoreThan 0.0>]
    BoxCoderStd: float[]
    [<Field "Detections need a higher score."; FromBelow(0.0, 1.0)>]
    ScoreThreshold: float
    [<Field "Of two detections of a class that overlap by more, the lower score goes."; MoreThanUpTo(0.0, 1.0)>]
    NmsIoU: float
    [<Field "The best detections of an image that are kept."; AtLeast 1.0>]
    DetectionsPerImage: int
    [<Field "Loss of the box regression: SmoothL1, whose beta the schedule moves, or L1 or GIoU, which have no beta. The RPN's stays.">]
    BoxLoss: BoxLoss
    [<Field "Factor on this loss; MMDetection's configurations with GIoU take 10."; MoreThan 0.0>]
    BoxLossWeight: float
} with

    /// Positives that an image has at most in the loss, and so the positives that a stage of a cascade hands on.
    member this.MostPositives: int = int (float this.RoIsPerImage * this.PositiveFraction)

/// The stages of a Cascade R-CNN after the first, whose own values are `dynamic.initialIoU`, `model.roiHead.boxCoderStd` and a weight of 1.
type CascadeConfig = {
    [<Field "IoU thresholds of the further stages of a cascade, one for each; none = one head. Under a moving threshold also its lower bound there (docs/method.md).";
      Ascending;
      MoreThanUpTo(0.0, 1.0)>]
    StageIoUs: float[]
    [<Field "Standard deviations of dx, dy, dw, dh of these stages, four for each."; MoreThan 0.0>]
    BoxCoderStd: float[]
    [<Field "Factors on both losses of these stages, one for each."; MoreThan 0.0>]
    LossWeights: float[]
    [<Field "How the stages agree on scores: the mean of their logits (MMDetection) or of their probabilities (Detectron2).">]
    Scores: CascadeScores
} with

    /// Box heads of the detector, the first one included.
    member this.StageCount = 1 + this.StageIoUs.Length

/// Geometric and ordering conventions of a reference profile, as data.
type Conventions = {
    [<Field "1: width = x2 - x1 + 1 (the authors' code); 0: width = x2 - x1."; OneOf(0, 1)>]
    BoxOffset: int
    [<Field "Integer anchors from corners, instead of floats centred on the grid point.">]
    IntegerAnchors: bool
    [<Field "RoIAlign with the half-pixel shift and no minimum size.">]
    AlignedRoIAlign: bool
    [<Field "Anchors that reach over the image's border take no part in training.">]
    IgnoreOutsideAnchors: bool
    [<Field "A low-quality match goes to the ground truth that lacks a match, not to the anchor's own best.">]
    LowQualityMatchToGroundTruth: bool
    [<Field "Training proposals are chosen over the batch, not per image.">]
    ProposalsPerBatch: bool
    [<Field "Log-size deltas are clamped from below too.">]
    ClampDeltasBelow: bool
    [<Field "Row 0 of the classifier is background; otherwise the last row.">]
    BackgroundFirst: bool
    [<Field "Pyramid and hidden layers start from Kaiming's uniform distribution (a = 1), instead of Xavier's.">]
    KaimingInitialisation: bool
    [<Field "The divisor of the RPN's losses counts at least one positive and one negative anchor an image.">]
    CountMissingAnchors: bool
    [<Field "Training proposals stay in the order of the pyramid's levels, instead of that of their scores.">]
    ProposalsByLevel: bool
    [<Field "Ground truth comes before the proposals, instead of after them.">]
    TruthFirst: bool
    [<Field "Order of the sampled boxes: as drawn, positives before negatives, or that of the candidates.">]
    SamplingOrder: SamplingOrder
    [<Field "Suppression also drops a box whose IoU equals the threshold (the authors' CPU code; their GPU code keeps it).">]
    SuppressEqual: bool
    [<Field "Detections are scaled to the original image before suppression, instead of after it.">]
    RescaleBeforeNms: bool
    [<Field "Detections that tie with the last one under the cap are all kept.">]
    KeepTiesAtCap: bool
    [<Field "Detections are ordered by class, then by proposal, instead of by score.">]
    ResultsByClass: bool
}

type ModelConfig = {
    Backbone: BackboneConfig
    Fpn: FpnConfig
    Rpn: RpnConfig
    RoIHead: RoIHeadConfig
    Cascade: CascadeConfig
    Conventions: Conventions
} with

    /// The box heads, each with its own deviations; one where there is no cascade.
    member this.Stages: RoIHeadConfig[] = [|
        this.RoIHead
        for std in Array.chunkBySize 4 this.Cascade.BoxCoderStd do
            { this.RoIHead with BoxCoderStd = std }
    |]

type CheckpointConfig = {
    [<Field("Iterations between checkpoints.", MayChangeOnResume = true); AtLeast 1.0>]
    Interval: int
    [<Field("Checkpoints kept beside the best and the last.", MayChangeOnResume = true); AtLeast 0.0>]
    Keep: int
    [<Field("Checkpoints or evaluations in a row that may fail to be written while the run goes on; 0: the first one ends it.",
            MayChangeOnResume = true);
      AtLeast 0.0>]
    FailuresInARow: int
}

type NonFiniteConfig = {
    [<Field("Non-finite steps in a row after which the run stops.", MayChangeOnResume = true); AtLeast 1.0>]
    MaxInARow: int
}

type RunConfig = {
    [<Field "Seed of initialisation, order, augmentation and sampling.">]
    Seed: int
    [<Field("CPU threads of libtorch; 0 = one for each processor core.", MayChangeOnResume = true); AtLeast 0.0>]
    Threads: int
    [<Field("Where the model computes; auto = a GPU where libtorch sees one. Without a number each process of a machine takes the GPU of its LOCAL_RANK.",
            MayChangeOnResume = true);
      Device>]
    Device: string
    [<Field("How feature maps and convolution weights lie in memory; Auto = channels last on a GPU, contiguous on a CPU.",
            MayChangeOnResume = true)>]
    MemoryFormat: MemoryFormat
    [<Field("Iterations between progress lines.", MayChangeOnResume = true); AtLeast 1.0>]
    LogInterval: int
}

/// Everything that decides a run's result, and nothing that does not exist.
type Config = {
    [<Field "The preset that the values start from (`drcnn presets`).">]
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
