module DynamicRcnn.Core.Tests.LearningRateTests

open DynamicRcnn.Core
open Xunit

/// The solver of the authors' 90,000 iterations.
let private official =
    (Presets.all |> List.find (fun preset -> preset.Name = "official-r50-1x")).Config.Solver

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

[<Theory>]
[<InlineData(1, 0)>]
[<InlineData(251, 250)>]
[<InlineData(500, 499)>]
let ``the warm-up is the authors' interpolation, to the last bits`` (iteration: int) (step: int) =
    let alpha = float step / 500.0
    let expected = 0.02 * (1.0 / 3.0 * (1.0 - alpha) + alpha)
    Assert.Equal(expected, LearningRate.at official iteration, 1e-17)

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
