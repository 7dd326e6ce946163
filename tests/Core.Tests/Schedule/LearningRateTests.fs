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

        test "a cosine starts after the warm-up at the base rate and ends at the last iteration at its stated share" {
            let config = {
                official with
                    Iterations = 1_001
                    WarmupIterations = 500
                    RateSchedule = RateSchedule.Cosine
                    FinalRateFactor = 0.05
            }

            let rate = LearningRate.at config
            equal (LearningRate.at official 251) (rate 251)
            equal 0.02 (rate 501)
            // Half-way, at t = 750: the middle of both ends; a third of the way, at t = 666 2/3, cos is a half.
            within 1e-15 (0.02 * (0.05 + 0.95 * 0.5)) (rate 751)
            within 1e-6 (0.02 * (0.05 + 0.95 * 0.75)) ((rate 667 + 2.0 * rate 668) / 3.0)
            within 1e-17 0.001 (rate 1_001)
            equal (rate 1_001) (rate 2_000)
            let falling = Array.init 501 (fun i -> rate (501 + i))
            equal (falling |> Array.sortDescending |> Array.distinct) falling
        }

        test "a cosine whose warm-up takes the whole run stays at the base rate" {
            let config = {
                official with
                    Iterations = 500
                    RateSchedule = RateSchedule.Cosine
            }

            equal (LearningRate.at official 500) (LearningRate.at config 500)
            equal 0.02 (LearningRate.at config 501)
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
