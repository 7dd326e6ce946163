module DynamicRcnn.Core.Tests.Config.ScheduleScalingTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests.Config.ConfigCases
open Xunit

let private sources (sets: string list) : ConfigSources = {
    none with
        Preset = "official-r50-1x"
        Sets = Array.ofList sets
}

let private solverOf (sets: string list) : SolverConfig =
    (ok (ConfigText.resolve (sources sets))).Config.Solver

let private scaled = "solver.scaleSchedule=true"
let private published = (solverOf [])

[<Theory>]
[<InlineData(8, 2, 4)>]
[<InlineData(4, 4, 2)>]
[<InlineData(2, 8, 1)>]
[<InlineData(1, 16, 1)>]
let ``images divided by f: rate divided by f, run and milestones times f`` (images: int) (f: int) (passes: int) =
    let solver = solverOf [ scaled; $"data.imagesPerStep={images}" ]
    Assert.Equal(0.02 / float f, solver.BaseLearningRate)
    Assert.Equal(90_000 * f, solver.Iterations)
    Assert.Equal<int[]>([| 60_000 * f; 80_000 * f |], solver.Milestones)
    Assert.Equal(passes, solver.AccumulationSteps)
    // The warm-up stays.
    Assert.Equal((500, 1.0 / 3.0), (solver.WarmupIterations, solver.WarmupFactor))

[<Fact>]
let ``the dynamic schedule's constants stay`` () =
    let resolved = ok (ConfigText.resolve (sources [ scaled; "data.imagesPerStep=2" ]))
    Assert.Equal(PresetParts.official, resolved.Config.Dynamic)

[<Fact>]
let ``nothing is scaled unless the configuration says so, nor at the preset's own number of images`` () =
    Assert.False published.ScaleSchedule
    Assert.Equal(published, solverOf [ "data.imagesPerStep=8" ])
    Assert.Equal({ published with ScaleSchedule = true }, solverOf [ scaled ])

[<Fact>]
let ``what is given itself stays, and what is derived says from what`` () =
    let resolved =
        ok (
            ConfigText.resolve (
                sources [
                    scaled
                    "data.imagesPerStep=4"
                    "solver.baseLearningRate=0.01"
                    "solver.iterations=900"
                ]
            )
        )

    let solver = resolved.Config.Solver
    Assert.Equal((0.01, 900, 2), (solver.BaseLearningRate, solver.Iterations, solver.AccumulationSteps))
    // Milestones keep their place in a run whose length is given.
    Assert.Equal<int[]>([| 600; 800 |], solver.Milestones)
    Assert.Equal("--set", originOf "solver.baseLearningRate" resolved)
    Assert.Equal("derived from --set", originOf "solver.milestones" resolved)
    Assert.Equal("derived from data.imagesPerStep", originOf "solver.accumulationSteps" resolved)

[<Theory>]
[<InlineData 6>]
[<InlineData 32>]
let ``a number of images that does not divide the preset's is refused`` (images: int) =
    let problems =
        problems (ConfigText.resolve (sources [ scaled; $"data.imagesPerStep={images}"; "solver.accumulationSteps=1" ]))

    Assert.Equal<string list>(
        [
            $"--set: data.imagesPerStep: got {images}, expected a divisor of the preset's 16, for solver.scaleSchedule is true"
        ],
        problems
    )

[<Fact>]
let ``a written configuration is not scaled a second time, nor is a resumed run`` () =
    let resolved = ok (ConfigText.resolve (sources [ scaled; "data.imagesPerStep=2" ]))
    let text = ConfigText.write resolved
    Assert.Equal(resolved, ok (ConfigText.readBack (file text)))
    Assert.Equal(resolved.Config, (ok (ConfigText.resolve { none with Layers = [| file text |] })).Config)
    Assert.Equal(resolved, ok (ConfigText.resume resolved (sources [ scaled; "data.imagesPerStep=2" ])))
