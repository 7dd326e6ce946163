namespace DynamicRcnn.Core

open System

/// The learning rate as a function of configuration and iteration; nothing counts.
[<RequireQualifiedAccess>]
module LearningRate =

    /// DecayFactor to the power of the milestones passed.
    let private ofSteps (config: SolverConfig) (t: int) : float =
        let passed =
            config.Milestones
            |> Array.filter (fun milestone -> milestone <= t)
            |> Array.length

        config.DecayFactor ** float passed

    /// From 1 at the end of the warm-up to FinalRateFactor at the last iteration.
    let private ofCosine (config: SolverConfig) (t: int) : float =
        let warm, last = config.WarmupIterations, config.Iterations - 1

        if t <= warm || last <= warm then
            1.0
        else
            let progress = min 1.0 (float (t - warm) / float (last - warm))

            config.FinalRateFactor
            + (1.0 - config.FinalRateFactor) * 0.5 * (1.0 + cos (Math.PI * progress))

    /// Learning rate of a 1-based iteration: base x warm-up x what the schedule has left of it.
    ///
    /// With t = iteration - 1 the warm-up factor is w (1 - t/n) + t/n for t < n (n = WarmupIterations, w = WarmupFactor)
    /// and 1 after it. Under Steps a milestone m counts from t >= m. So with the published numbers LR(1) = 0.02/3, LR(501) = 0.02
    /// and the first fall is at iteration 60,001. Under Cosine, with N = Iterations and f = FinalRateFactor, the rest is
    /// f + (1 - f) (1 + cos(pi (t - n) / (N - 1 - n))) / 2 from t = n on: base at iteration n + 1, f x base at iteration N.
    /// Iterations below 1 count as 1. The factor on biases is the optimiser's (`BiasLearningRateFactor`).
    /// Source: WarmupMultiStepLR of hkzhang95/DynamicRCNN under torch 1.0, whose scheduler starts at t = 0.
    [<CompiledName "At">]
    let at (config: SolverConfig) (iteration: int) : float =
        let t = max 0 (iteration - 1)

        let warmup =
            if t < config.WarmupIterations then
                let alpha = float t / float config.WarmupIterations
                config.WarmupFactor * (1.0 - alpha) + alpha
            else
                1.0

        let rest =
            match config.RateSchedule with
            | RateSchedule.Steps -> ofSteps config t
            | RateSchedule.Cosine -> ofCosine config t

        config.BaseLearningRate * warmup * rest
