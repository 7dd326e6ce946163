namespace DynamicRcnn.Core

/// The learning rate as a function of configuration and iteration; nothing counts.
[<RequireQualifiedAccess>]
module LearningRate =

    /// Learning rate of a 1-based iteration: base x warm-up x decay^(milestones passed).
    ///
    /// With t = iteration - 1 the warm-up factor is w (1 - t/n) + t/n for t < n (n = WarmupIterations, w = WarmupFactor)
    /// and 1 after it; a milestone m counts from t >= m. So with the published numbers LR(1) = 0.02/3, LR(501) = 0.02
    /// and the first fall is at iteration 60,001.
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

        let passed =
            config.Milestones
            |> Array.filter (fun milestone -> milestone <= t)
            |> Array.length

        config.BaseLearningRate * warmup * (config.DecayFactor ** float passed)
