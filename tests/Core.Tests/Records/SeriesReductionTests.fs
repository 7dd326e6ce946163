module DynamicRcnn.Core.Tests.Records.SeriesReductionTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open FsCheck

let private finite (values: float[]) = Array.filter Double.IsFinite values

[<Tests>]
let tests =
    testList "Records.SeriesReduction" [
        testProperty
            "buckets are as few as asked for and keep the extremes and the sum"
            (fun (values: float[]) (PositiveInt most) ->
                let buckets = SeriesReduction.buckets most values
                let filled = buckets |> Array.filter (fun bucket -> not (Double.IsNaN bucket.Mean))

                isTrue (buckets.Length <= most)
                equal buckets.Length (SeriesReduction.bucketPlaces most values.Length).Length

                match finite values with
                | [||] -> isEmpty filled
                | known ->
                    equal (Array.min known) (filled |> Array.map _.Lowest |> Array.min)
                    equal (Array.max known) (filled |> Array.map _.Highest |> Array.max))

        test "a short series is kept as it is" {
            let values = [| 3.0; Double.NaN; -1.0; Double.PositiveInfinity |]
            let buckets = SeriesReduction.buckets 4 values
            equal [| 3.0; Double.NaN; -1.0; Double.NaN |] (buckets |> Array.map _.Mean)
            equal [| 0; 1; 2; 3 |] (SeriesReduction.bucketPlaces 4 4)
        }

        test "a bucket stands at its middle and has its neighbours' mean" {
            let values = [| 1.0; 2.0; 6.0; 10.0; Double.NaN |]
            let buckets = SeriesReduction.buckets 2 values

            equal
                [|
                    {
                        Lowest = 1.0
                        Highest = 6.0
                        Mean = 3.0
                    }
                    {
                        Lowest = 10.0
                        Highest = 10.0
                        Mean = 10.0
                    }
                |]
                buckets

            equal [| 1; 3 |] (SeriesReduction.bucketPlaces 2 5)
        }

        testProperty "a series of steps is drawn exactly from its changes" (fun (levels: NonEmptyArray<bool>) ->
            let values = levels.Get |> Array.map (fun high -> if high then 0.5 else 0.4)
            let kept = SeriesReduction.changes Int32.MaxValue values

            let drawn =
                values
                |> Array.mapi (fun place _ ->
                    values[kept |> Array.filter (fun before -> before <= place) |> Array.last])

            equal values drawn
            equal (values.Length - 1) (Array.last kept))

        testProperty "a series that changes too often keeps its extremes" (fun (values: NonEmptyArray<float>) ->
            let most = 8
            let kept = SeriesReduction.changes most values.Get
            isTrue (kept.Length <= most)
            equal (kept |> Array.distinct |> Array.sort) kept

            match finite values.Get with
            | [||] -> ()
            | known when values.Get.Length > most ->
                let drawn = kept |> Array.map (fun place -> values.Get[place]) |> finite
                equal (Array.max known) (Array.max drawn)
                equal (Array.min known) (Array.min drawn)
            | _ -> ())
    ]
