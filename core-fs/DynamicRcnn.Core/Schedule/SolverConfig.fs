namespace DynamicRcnn.Core

/// Number format of the forward pass.
[<RequireQualifiedAccess>]
type Precision =
    | Float32
    /// Convolutions and linear layers in bfloat16; the weights that are kept, norms, statistics and losses stay float32.
    | BFloat16

type SolverConfig = {
    Iterations: int
    BaseLearningRate: float
    Momentum: float
    WeightDecay: float
    /// Factor on the learning rate of parameters whose name contains "bias".
    BiasLearningRateFactor: float
    BiasWeightDecay: float
    WarmupIterations: int
    WarmupFactor: float
    /// Iterations at which the learning rate falls by DecayFactor.
    Milestones: int[]
    DecayFactor: float
    /// With fewer images a step than the preset's: a lower learning rate and a longer run, see ScheduleScaling.fs.
    ScaleSchedule: bool
    /// Largest L2 norm of the gradient; 0 = no clipping.
    GradientClipNorm: float
    /// Forward and backward passes of one optimiser step.
    AccumulationSteps: int
    /// Decay of the exponential moving average of the weights; 0 = none.
    EmaDecay: float
    Precision: Precision
}
