namespace DynamicRcnn.Core

/// What people need to know about one field.
type internal FieldText = {
    Path: string
    Allowed: Allowed
    Meaning: string
}

/// Range and meaning of every field, in the order of the records. Checks, docs/config.md and the JSON schema come from here.
[<RequireQualifiedAccess>]
module internal ConfigFieldText =

    let private section (name: string) (fields: (string * Allowed * string) list) : FieldText list =
        fields
        |> List.map (fun (field, allowed, meaning) -> {
            Path = if name = "" then field else $"{name}.{field}"
            Allowed = allowed
            Meaning = meaning
        })

    let private anything = Allowed.Anything
    let private count = Allowed.AtLeast 1.0
    let private countOrNone = Allowed.AtLeast 0.0
    let private positive = Allowed.MoreThan 0.0
    let private fraction = Allowed.Between(0.0, 1.0)
    let private nonZeroFraction = Allowed.MoreThanUpTo(0.0, 1.0)
    let private decay = Allowed.FromBelow(0.0, 1.0)

    let private top =
        section "" [
            "preset", anything, "The preset that the values start from (`drcnn presets`)."
        ]

    let private data =
        section "data" [
            "path", anything, "The data set: a folder, or an annotation file. Empty in presets; `--data` fills it in."
            "train",
            anything,
            "What is trained on: a split of the data set, a file or a folder. Empty: its split train; `--train` fills it in."
            "val", anything, "What is evaluated, likewise; empty: its split val, or test where it has no val."
            "test", anything, "The split test, likewise."
            "holdOut",
            decay,
            "Share of the training split's images that is kept out of training and evaluated as val; 0 = none."
            "strict",
            anything,
            "A finding about the data ends the run; otherwise it goes on without the box or image and says so."
            "imagesPerStep", count, "Images of one optimiser step, over all accumulation steps."
            "shortSides", Allowed.NonEmpty count, "Short sides in pixels to draw from in training, one for each image."
            "maxSide", count, "Upper bound of the long side in training, in pixels."
            "evaluationShortSide", count, "Short side in evaluation and prediction, in pixels."
            "evaluationMaxSide", count, "Upper bound of the long side in evaluation and prediction, in pixels."
            "resizeRule",
            anything,
            "How the target size is computed: the authors' way (long side truncated) or MMDetection's (both sides rounded)."
            "resampling",
            anything,
            "Whose bilinear resampling, to the bit: Pillow's, which averages where it shrinks, or OpenCV's INTER_LINEAR. A configuration that gives data.resizeRule alone means both: Pillow with Official, OpenCV with MMDetection."
            "flipProbability", fraction, "Probability of a horizontal flip."
            "brightness", decay, "Strength of brightness augmentation; 0 = off."
            "contrast", decay, "Strength of contrast augmentation; 0 = off."
            "saturation", decay, "Strength of saturation augmentation; 0 = off."
            "padMultiple", count, "Batches are padded (right, bottom) to a multiple of so many pixels."
            "aspectGrouping", anything, "A batch holds either wide or tall images, which saves padding."
            "imagesWithoutBoxes", anything, "Images without boxes train as background; otherwise they are left out."
            "crowdsKeepImages", anything, "Where images without boxes are left out: a crowd keeps its image."
            "minimumBoxSide", countOrNone, "Boxes with a side of fewer pixels are left out of training."
            "minimumImageSide", countOrNone, "Images with a side of fewer pixels are left out of training."
            "maxPixels", count, "Images of more pixels by their header are left out, before memory is taken for them."
            "decodeThreads", count, "Threads that read and decode images ahead of the loop."
            "queueLength", count, "Batches decoded ahead of the loop."
            "cacheMegabytes", countOrNone, "Memory bound of the cache of decoded images; 0 = no cache."
        ]

    let private backbone =
        section "model.backbone" [
            "depth", Allowed.OneOf [ 18; 34; 50; 101 ], "Layers of the ResNet."
            "stemChannels", count, "Channels of the stem; 64 in every published model."
            "strideIn1x1",
            anything,
            "A stage's stride is in its first 1x1 convolution (caffe), not in the 3x3 (torchvision). Depth 50 and 101."
            "lastStage",
            Allowed.OneOf [ 3; 4 ],
            "The last residual stage that exists; after 3, coarser levels are pooled from it."
            "frozenStages",
            Allowed.Between(0.0, 5.0),
            "0: everything is trained; 1: the stem is frozen; 2: stem and layer1; and so on."
            "deformableStages",
            Allowed.Ascending(Allowed.Between(1.0, 4.0)),
            "Residual stages whose 3x3 convolutions are modulated deformable ones (DCNv2); none by default. Depth 50 and 101."
            "offsetGroups",
            count,
            "Blocks of channels with offsets and masks of their own in a deformable convolution; 1 in every published model."
            "kaimingOffsets",
            anything,
            "The convolutions that compute offsets start as in the authors' code, from Kaiming's uniform distribution; otherwise from zero."
            "norm",
            anything,
            "FrozenBatchNorm trains nothing; EvalBatchNorm trains the affine; GroupNorm learns from scratch with small batches."
            "normEpsilon", countOrNone, "Epsilon of the batch norm that the weights were trained with."
            "channels", anything, "Order of the colour channels that the weights expect."
            "mean",
            Allowed.Exactly(3, anything),
            "Subtracted from each channel, in the weights' channel order, on a 0..255 scale."
            "std", Allowed.Exactly(3, positive), "Each channel is divided by it."
            "weights",
            anything,
            "Weights to start from: a file with a backbone or a whole detector (safetensors, .pth or .pkl), or the folder of a run; empty = from scratch."
        ]

    let private fpn =
        section "model.fpn" [
            "channels", count, "Channels of every pyramid level."
            "norm", anything, "Group norm after each convolution, for layers that start from scratch."
            "firstLevel", Allowed.Between(2.0, 5.0), "Finest pyramid level; 2 (stride 4) in every published model."
        ]

    let private rpn =
        section "model.rpn" [
            "anchorScale", positive, "Anchor side = scale x stride."
            "anchorRatios", Allowed.NonEmpty positive, "Height / width."
            "positiveIoU", nonZeroFraction, "An anchor with this IoU or more is positive."
            "negativeIoU", fraction, "An anchor with a lower IoU is negative."
            "minimumPositiveIoU",
            fraction,
            "A ground truth's best anchor is positive too when its IoU reaches this; 0 = always."
            "anchorsPerImage", count, "Anchors of an image that enter the loss."
            "positiveFraction", nonZeroFraction, "At most this share of them is positive."
            "preNmsTrain", count, "Best boxes of a level and image that enter suppression in training."
            "preNmsTest", count, "The same outside training."
            "postNmsTrain", count, "Proposals of an image in training."
            "postNmsTest", count, "The same outside training."
            "nmsIoU", nonZeroFraction, "Of two proposals that overlap by more, the lower score goes."
            "lossBeta", countOrNone, "Beta of the RPN's smooth L1 loss; 0 = L1. It never moves."
        ]

    let private roiHead =
        section "model.roiHead" [
            "pooledSide", count, "Side of RoIAlign's output."
            "samplingRatio", countOrNone, "Samples per bin and axis; 0 = adaptive."
            "hiddenUnits", count, "Units of each of the two hidden layers."
            "roisPerImage", count, "RoIs of an image that enter the loss."
            "positiveFraction", nonZeroFraction, "At most this share of them is positive."
            "boxCoderStd", Allowed.Exactly(4, positive), "Standard deviations of dx, dy, dw, dh."
            "scoreThreshold", decay, "Detections need a higher score."
            "nmsIoU", nonZeroFraction, "Of two detections of a class that overlap by more, the lower score goes."
            "detectionsPerImage", count, "The best detections of an image that are kept."
        ]

    let private conventions =
        section "model.conventions" [
            "boxOffset", Allowed.OneOf [ 0; 1 ], "1: width = x2 - x1 + 1 (the authors' code); 0: width = x2 - x1."
            "integerAnchors", anything, "Integer anchors from corners, instead of floats centred on the grid point."
            "alignedRoIAlign", anything, "RoIAlign with the half-pixel shift and no minimum size."
            "ignoreOutsideAnchors", anything, "Anchors that reach over the image's border take no part in training."
            "lowQualityMatchToGroundTruth",
            anything,
            "A low-quality match goes to the ground truth that lacks a match, not to the anchor's own best."
            "proposalsPerBatch", anything, "Training proposals are chosen over the batch, not per image."
            "clampDeltasBelow", anything, "Log-size deltas are clamped from below too."
            "backgroundFirst", anything, "Row 0 of the classifier is background; otherwise the last row."
            "kaimingInitialisation",
            anything,
            "Pyramid and hidden layers start from Kaiming's uniform distribution (a = 1), instead of Xavier's."
            "countMissingAnchors",
            anything,
            "The divisor of the RPN's losses counts at least one positive and one negative anchor an image."
            "proposalsByLevel",
            anything,
            "Training proposals stay in the order of the pyramid's levels, instead of that of their scores."
            "truthFirst", anything, "Ground truth comes before the proposals, instead of after them."
            "samplingOrder",
            anything,
            "Order of the sampled boxes: as drawn, positives before negatives, or that of the candidates."
            "suppressEqual",
            anything,
            "Suppression also drops a box whose IoU equals the threshold (the authors' CPU code; their GPU code keeps it)."
            "rescaleBeforeNms",
            anything,
            "Detections are scaled to the original image before suppression, instead of after it."
            "keepTiesAtCap", anything, "Detections that tie with the last one under the cap are all kept."
            "resultsByClass", anything, "Detections are ordered by class, then by proposal, instead of by score."
        ]

    let private dynamic =
        section "dynamic" [
            "rule", anything, "Which statistics drive the schedule (docs/method.md)."
            "moveThreshold", anything, "Otherwise the IoU threshold stays at `dynamic.initialIoU`."
            "moveBeta", anything, "Otherwise beta stays at `dynamic.initialBeta`."
            "topIoUCount", count, "K_I: rank of the IoU statistic, per image."
            "lowErrorCount", count, "K_E: rank of the error statistic, per image."
            "updateInterval", count, "C: iterations of a window."
            "initialIoU", nonZeroFraction, "IoU threshold of the first window."
            "floorIoU", nonZeroFraction, "Lower bound of the IoU threshold."
            "ceilingIoU", nonZeroFraction, "Upper bound of the IoU threshold; the rule ProposalsOnly alone has one."
            "initialBeta", positive, "Beta of the first window, and its upper bound."
            "minimumBeta",
            countOrNone,
            "Lower bound of beta; the rule ProposalsOnly alone has one, and there it is more than 0."
            "rankScaling",
            anything,
            "What both counts mean in an image under ProposalsOnly: themselves, less its ground truths, or in proportion to them (docs/method.md)."
        ]

    let private solver =
        section "solver" [
            "iterations",
            count,
            "Optimiser steps. In a new run milestones that are not given themselves scale with it; a resumed run keeps its own."
            "baseLearningRate", positive, "Learning rate after the warm-up."
            "momentum", decay, "Momentum of SGD."
            "weightDecay", countOrNone, "L2 penalty."
            "biasLearningRateFactor",
            countOrNone,
            "Factor on the learning rate of parameters whose name contains \"bias\"."
            "biasWeightDecay", countOrNone, "L2 penalty of these parameters."
            "warmupIterations", countOrNone, "Iterations in which the learning rate rises."
            "warmupFactor", fraction, "Factor on the learning rate at the first iteration."
            "milestones", Allowed.Ascending count, "Iterations at which the learning rate falls."
            "decayFactor", nonZeroFraction, "Factor on the learning rate at each milestone."
            "scaleSchedule",
            anything,
            "When `data.imagesPerStep` is the preset's divided by f, so is the learning rate, and iterations and milestones are multiplied by f; what is given itself stays."
            "gradientClipNorm", countOrNone, "Largest L2 norm of the gradient; 0 = no clipping."
            "accumulationSteps", count, "Forward and backward passes of one optimiser step."
            "emaDecay", decay, "Decay of the moving average of the weights; 0 = none."
            "precision", anything, "Number format of the forward pass."
        ]

    let private run =
        section "evaluation" [
            "interval", countOrNone, "Iterations between evaluations; 0 = at the end alone."
            "validationLoss", anything, "Also compute the losses on the validation images."
            "patience", countOrNone, "Stop after so many evaluations without a better AP; 0 = never."
            "panelImages",
            countOrNone,
            "Validation images of which the run keeps a small copy and each evaluation's boxes, for the report; 0 = none."
        ]
        @ section "evaluation.testing" [
            "kind",
            anything,
            "How evaluation and prediction test an image: once, or at several sizes merged the authors' or MMDetection's way."
            "scales",
            Allowed.Ascending count,
            "Short sides of the passes. Official: beside the pass at the evaluation size; MMDetection: instead of it."
            "maxSides",
            Allowed.NonEmpty count,
            "Upper bound of the long side in these passes: one for all, or one for each scale."
            "flip", anything, "Each pass is followed by its mirror image."
        ]
        @ section "evaluation.softNms" [
            "kind",
            anything,
            "What suppression does to a box that overlaps a better one: drop it, or lower its score by a line or a Gaussian."
            "sigma", positive, "Width of the Gaussian: a score is multiplied by exp(-IoU^2 / sigma)."
            "minimumScore", fraction, "Boxes whose lowered score falls below it go."
        ]
        @ section "checkpoint" [
            "interval", count, "Iterations between checkpoints."
            "keep", countOrNone, "Checkpoints kept beside the best and the last."
            "failuresInARow",
            countOrNone,
            "Checkpoints or evaluations in a row that may fail to be written while the run goes on; 0: the first one ends it."
        ]
        @ section "nonFinite" [ "maxInARow", count, "Non-finite steps in a row after which the run stops." ]
        @ section "run" [
            "seed", anything, "Seed of initialisation, order, augmentation and sampling."
            "threads", countOrNone, "CPU threads of libtorch; 0 = one for each processor core."
            "device",
            Allowed.Device,
            "Where the model computes; auto = a GPU where libtorch sees one. Without a number each process of a machine takes the GPU of its LOCAL_RANK."
            "memoryFormat",
            anything,
            "How feature maps and convolution weights lie in memory; Auto = channels last on a GPU, contiguous on a CPU."
            "logInterval", count, "Iterations between progress lines."
        ]

    let all: FieldText list =
        [ top; data; backbone; fpn; rpn; roiHead; conventions; dynamic; solver; run ]
        |> List.concat

    /// What a resumed run may change: where and how fast it computes, how long, what it reports. Everything else is mathematics.
    let mayChangeOnResume: Set<string> =
        Set [
            "data.path"
            "data.train"
            "data.val"
            "data.test"
            "data.strict"
            "data.decodeThreads"
            "data.queueLength"
            "data.cacheMegabytes"
            "solver.iterations"
            "evaluation.interval"
            "evaluation.validationLoss"
            "evaluation.patience"
            "evaluation.panelImages"
            "checkpoint.interval"
            "checkpoint.keep"
            "checkpoint.failuresInARow"
            "nonFinite.maxInARow"
            "run.threads"
            "run.device"
            "run.memoryFormat"
            "run.logInterval"
        ]
