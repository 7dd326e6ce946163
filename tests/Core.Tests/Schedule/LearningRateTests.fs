module DynamicRcnn.Core.Tests.Schedule.LearningRateTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

/// The solver of the authors' 90,000 iterations.
let private official =
    (Presets.all |> List.find (fun preset -> preset.Name = "official-r50-1x")).Config.Solver

[<Tests>]
let tests =
    testList "Schedule.LearningRate" [
        testTheory
            "the published schedule"
            [
                1, 0.006667
                251, 0.013333
                501, 0.02
                60_000, 0.02
                60_001, 0.002
                80_000, 0.002
                80_001, 0.0002
            ]
            (fun (iteration, expected) ->
                // The published figures have six decimals.
                within 5e-7 expected (LearningRate.at official iteration))

        testTheory
            "the warm-up is the authors' interpolation, to the last bits"
            [ 1, 0; 251, 250; 500, 499 ]
            (fun (iteration, step) ->
                let alpha = float step / 500.0
                let expected = 0.02 * (1.0 / 3.0 * (1.0 - alpha) + alpha)
                within 1e-17 expected (LearningRate.at official iteration))

        test "after the warm-up the rate is the base rate to the bit" { equal 0.02 (LearningRate.at official 501) }

        test "warm-up rises and never passes the base rate" {
            let rates = Array.init 501 (fun i -> LearningRate.at official (i + 1))
            equal (Array.sort rates) rates
            equal 0.02 (Array.max rates)
        }

        test "without warm-up the first iteration has the base rate" {
            let config = { official with WarmupIterations = 0 }
            equal 0.02 (LearningRate.at config 1)
        }

        test "two milestones at one iteration count twice" {
            let config = {
                official with
                    Milestones = [| 1000; 1000 |]
            }

            equal 0.02 (LearningRate.at config 1000)
            within 1e-12 0.0002 (LearningRate.at config 1001)
        }
    ]
