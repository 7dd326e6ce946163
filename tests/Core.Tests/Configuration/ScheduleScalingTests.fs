module DynamicRcnn.Core.Tests.Configuration.ScheduleScalingTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Configuration.ConfigCases
open Expecto

let private sources (sets: string list) : ConfigSources = {
    none with
        Preset = "official-r50-1x"
        Sets = Array.ofList sets
}

let private solverOf (sets: string list) : SolverConfig =
    (ok (ConfigText.resolve (sources sets))).Config.Solver

let private scaled = "solver.scaleSchedule=true"
let private published = (solverOf [])

[<Tests>]
let tests =
    testList "Configuration.ScheduleScaling" [
        testTheory
            "images divided by f: rate divided by f, run and milestones times f"
            [ 8, 2, 4; 4, 4, 2; 2, 8, 1; 1, 16, 1 ]
            (fun (images, f, passes) ->
                let solver = solverOf [ scaled; $"data.imagesPerStep={images}" ]
                equal (0.02 / float f) solver.BaseLearningRate
                equal (90_000 * f) solver.Iterations
                equal [| 60_000 * f; 80_000 * f |] solver.Milestones
                equal passes solver.AccumulationSteps
                // The warm-up stays.
                equal (500, 1.0 / 3.0) (solver.WarmupIterations, solver.WarmupFactor))

        test "the dynamic schedule's constants stay" {
            let resolved = ok (ConfigText.resolve (sources [ scaled; "data.imagesPerStep=2" ]))
            equal PresetParts.official resolved.Config.Dynamic
        }

        test "nothing is scaled unless the configuration says so, nor at the preset's own number of images" {
            isFalse published.ScaleSchedule
            equal published (solverOf [ "data.imagesPerStep=8" ])
            equal { published with ScaleSchedule = true } (solverOf [ scaled ])
        }

        test "what is given itself stays, and what is derived says from what" {
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
            equal (0.01, 900, 2) (solver.BaseLearningRate, solver.Iterations, solver.AccumulationSteps)
            // Milestones keep their place in a run whose length is given.
            equal [| 600; 800 |] solver.Milestones
            equal "--set" (originOf "solver.baseLearningRate" resolved)
            equal "derived from --set" (originOf "solver.milestones" resolved)
            equal "derived from data.imagesPerStep" (originOf "solver.accumulationSteps" resolved)
        }

        testTheory "a number of images that does not divide the preset's is refused" [ 6; 32 ] (fun images ->
            let problems =
                problems (
                    ConfigText.resolve (
                        sources [ scaled; $"data.imagesPerStep={images}"; "solver.accumulationSteps=1" ]
                    )
                )

            equal
                [
                    $"--set: data.imagesPerStep: got {images}, expected a divisor of the preset's 16, for solver.scaleSchedule is true"
                ]
                problems)

        test "a written configuration is not scaled a second time, nor is a resumed run" {
            let resolved = ok (ConfigText.resolve (sources [ scaled; "data.imagesPerStep=2" ]))
            let text = ConfigText.write resolved
            equal resolved (ok (ConfigText.readBack (file text)))
            equal resolved.Config (ok (ConfigText.resolve { none with Layers = [| file text |] })).Config
            equal resolved (ok (ConfigText.resume resolved (sources [ scaled; "data.imagesPerStep=2" ])))
        }
    ]
