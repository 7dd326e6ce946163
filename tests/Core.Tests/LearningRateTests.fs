module DynamicRcnn.Core.Tests.LearningRateTests

open DynamicRcnn.Core
open Xunit

/// The solver of the authors' 90,000 iterations.
let private official: SolverConfig = {
    Iterations = 90_000
    BaseLearningRate = 0.02
    Momentum = 0.9
    WeightDecay = 1e-4
    BiasLearningRateFactor = 2.0
    BiasWeightDecay = 0.0
    WarmupIterations = 500
    WarmupFactor = 1.0 / 3.0
    Milestones = [| 60_000; 80_000 |]
    DecayFactor = 0.1
    ScaleSchedule = false
    GradientClipNorm = 0.0
    AccumulationSteps = 1
    EmaDecay = 0.0
    Precision = Precision.Float32
}

[<Theory>]
[<InlineData(1, 0.006667)>]
[<InlineData(251, 0.013333)>]
[<InlineData(501, 0.02)>]
[<InlineData(60_000, 0.02)>]
[<InlineData(60_001, 0.002)>]
[<InlineData(80_000, 0.002)>]
[<InlineData(80_001, 0.0002)>]
let ``the published schedule`` (iteration: int) (expected: float) =
    // The published figures have six decimals.
    Assert.Equal(expected, LearningRate.at official iteration, 5e-7)

[<Fact>]
let ``after the warm-up the rate is the base rate to the bit`` () =
    Assert.Equal(0.02, LearningRate.at official 501)

[<Fact>]
let ``warm-up rises and never passes the base rate`` () =
    let rates = Array.init 501 (fun i -> LearningRate.at official (i + 1))
    Assert.Equal<float[]>(Array.sort rates, rates)
    Assert.Equal(0.02, Array.max rates)

[<Fact>]
let ``without warm-up the first iteration has the base rate`` () =
    let config = { official with WarmupIterations = 0 }
    Assert.Equal(0.02, LearningRate.at config 1)

[<Fact>]
let ``two milestones at one iteration count twice`` () =
    let config = {
        official with
            Milestones = [| 1000; 1000 |]
    }

    Assert.Equal(0.02, LearningRate.at config 1000)
    Assert.Equal(0.0002, LearningRate.at config 1001, 1e-12)
