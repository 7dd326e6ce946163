module DynamicRcnn.Core.Tests.Run.PairedBootstrapTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open Expecto.ExpectoFsCheck
open FsCheck

let private gain (differences: float[]) =
    PairedBootstrap.gain (differences, 2_000, 7L)

[<Tests>]
let tests =
    testList "Run.PairedBootstrap" [
        test "differences are taken at the seeds that both have" {
            let baseline = [| struct (1, 0.5); struct (2, 0.25); struct (4, 0.0) |]
            let other = [| struct (2, 0.5); struct (3, 0.9); struct (1, 0.25) |]
            equal [| 0.25; -0.25 |] (PairedBootstrap.differences (baseline, other))
        }

        test "the same seed gives the same bits, another seed other samples" {
            let of' seed =
                PairedBootstrap.gain ([| 0.1; 0.25; -0.03; 0.07; 0.11 |], 999, seed)

            equal (of' 3L) (of' 3L)
            isTrue (of' 3L <> of' 4L)
        }

        test "two differences of opposite sign: a quarter of the samples each, and half between" {
            let both = PairedBootstrap.gain ([| -1.0; 3.0 |], 40_000, 1L)
            equal (-1.0, 3.0) (both.Low, both.High)
            within 0.01 0.75 both.ShareAbove
            let even = PairedBootstrap.gain ([| -1.0; 1.0 |], 40_000, 1L)
            within 0.01 0.5 even.ShareAbove
        }

        test "the interval of many differences is that of their mean" {
            // 400 values with a known spread: mean 0.5, standard error 0.5 / sqrt 400 * 1.155.
            let values =
                Array.init 400 (fun i -> float (i % 2) + 0.5 * float (i % 4 / 2) - 0.25)

            let of' = PairedBootstrap.gain (values, 4_000, 5L)
            let deviation = ExperimentTable.spread(values).Deviation
            within 0.003 (0.5 - 1.96 * deviation / 20.0) of'.Low
            within 0.003 (0.5 + 1.96 * deviation / 20.0) of'.High
        }

        testProperty "the mean lies in its interval, the interval among the differences, and signs turn round"
        <| fun (values: NormalFloat list) ->
            let values = values |> List.map _.Get |> List.truncate 12 |> Array.ofList
            let of' = gain values
            let turned = gain (Array.map (~-) values)

            match values.Length with
            | 0 -> of'.Count = 0 && Double.IsNaN of'.Mean
            | 1 -> of'.Mean = values[0] && Double.IsNaN of'.Low
            | _ ->
                let slack = 1e-9 * (1.0 + Array.max (Array.map abs values))

                of'.Low >= Array.min values - slack
                && of'.High <= Array.max values + slack
                && of'.Low <= of'.High
                && abs (of'.ShareAbove + turned.ShareAbove - 1.0) < 1e-9

        testProperty "shares of the best add up to 1, and a setting above all others at each seed has all"
        <| fun (PositiveInt settings) (PositiveInt seeds) (salt: int) ->
            let settings, seeds = settings % 5 + 1, seeds % 6 + 1
            let random = Random salt

            let figures =
                Array.init settings (fun _ -> Array.init seeds (fun _ -> random.NextDouble()))

            let shares = PairedBootstrap.sharesOfBest (figures, 200, 2L)

            let leading =
                figures
                |> Array.mapi (fun i row -> if i = 0 then Array.map ((+) 1.0) row else row)

            abs (Array.sum shares - 1.0) < 1e-9
            && PairedBootstrap.sharesOfBest(leading, 50, 2L)[0] = 1.0

        test "Student's quantiles are those of the tables" {
            for degrees, probability, t in
                [
                    1, 0.025, 12.7062
                    2, 0.025, 4.30265
                    3, 0.01, 4.54070
                    4, 0.005, 4.60409
                    9, 0.001, 4.29681
                    30, 0.025, 2.04227
                    121, 0.05, 1.65754
                ] do
                within 1e-4 t (StudentT.quantile (probability, degrees))
                within 1e-6 probability (StudentT.tail (StudentT.quantile (probability, degrees), degrees))
                within 1e-6 (1.0 - probability) (StudentT.tail (-(StudentT.quantile (probability, degrees)), degrees))
        }
    ]
