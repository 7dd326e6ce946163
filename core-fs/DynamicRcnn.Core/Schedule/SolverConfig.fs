namespace DynamicRcnn.Core

/// Number format of the forward pass.
[<RequireQualifiedAccess>]
type Precision =
    | Float32
    /// Convolutions and linear layers in bfloat16; the weights that are kept, norms, statistics and losses stay float32.
    | BFloat16

/// What turns gradients into new weights.
[<RequireQualifiedAccess>]
type OptimizerKind =
    /// Stochastic gradient descent with momentum.
    | Sgd
    /// Adam with decoupled weight decay.
    | AdamW

/// How the learning rate falls after the warm-up.
[<RequireQualifiedAccess>]
type RateSchedule =
    /// By a factor at each milestone.
    | Steps
    /// Along half a cosine, down to the last iteration.
    | Cosine

type SolverConfig = {
    [<Field("Optimiser steps. In a new run milestones that are not given themselves scale with it; a resumed run keeps its own.",
            MayChangeOnResume = true);
      AtLeast 1.0>]
    Iterations: int
    [<Field "Learning rate after the warm-up."; MoreThan 0.0>]
    BaseLearningRate: float
    [<Field "Momentum of SGD; AdamW has none."; FromBelow(0.0, 1.0)>]
    Momentum: float
    [<Field "L2 penalty; under AdamW the decoupled decay, a share of the weight times the learning rate."; AtLeast 0.0>]
    WeightDecay: float
    [<Field "Factor on the learning rate of parameters whose name contains \"bias\"."; AtLeast 0.0>]
    BiasLearningRateFactor: float
    [<Field "L2 penalty, or decoupled decay, of these parameters."; AtLeast 0.0>]
    BiasWeightDecay: float
    [<Field "Iterations in which the learning rate rises."; AtLeast 0.0>]
    WarmupIterations: int
    [<Field "Factor on the learning rate at the first iteration."; Between(0.0, 1.0)>]
    WarmupFactor: float
    [<Field "Iterations at which the learning rate falls under Steps. Under Cosine the first ends data.mosaic, and nothing else depends on them.";
      Ascending;
      AtLeast 1.0>]
    Milestones: int[]
    [<Field "Factor on the learning rate at each milestone."; MoreThanUpTo(0.0, 1.0)>]
    DecayFactor: float
    [<Field "When `data.imagesPerStep` is the preset's divided by f, so is the learning rate, and iterations and milestones are multiplied by f; what is given itself stays.">]
    ScaleSchedule: bool
    [<Field "Largest L2 norm of the gradient; 0 = no clipping."; AtLeast 0.0>]
    GradientClipNorm: float
    [<Field "Forward and backward passes of one optimiser step."; AtLeast 1.0>]
    AccumulationSteps: int
    [<Field "Decay of the moving average of the weights; 0 = none."; FromBelow(0.0, 1.0)>]
    EmaDecay: float
    [<Field "Number format of the forward pass.">]
    Precision: Precision
    [<Field "SGD with momentum, or AdamW, whose learning rate is a tenth to a hundredth of SGD's.">]
    Optimizer: OptimizerKind
    [<Field "Decay of AdamW's mean of the gradient (its beta1)."; FromBelow(0.0, 1.0)>]
    FirstMomentDecay: float
    [<Field "Decay of AdamW's mean of the squared gradient (its beta2)."; FromBelow(0.0, 1.0)>]
    SecondMomentDecay: float
    [<Field "What AdamW adds to the root of the second moment."; MoreThan 0.0>]
    MomentEpsilon: float
    [<Field "How the learning rate falls after the warm-up: by steps at the milestones, or along half a cosine.">]
    RateSchedule: RateSchedule
    [<Field "Under Cosine, the last iteration's learning rate as a share of solver.baseLearningRate."; Between(0.0, 1.0)>]
    FinalRateFactor: float
}
