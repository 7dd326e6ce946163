module DynamicRcnn.Core.Tests.SeriesReductionTests

open System
open DynamicRcnn.Core
open FsCheck
open Xunit

let private finite (values: float[]) = Array.filter Double.IsFinite values

[<Fact>]
let ``buckets are as few as asked for and keep the extremes and the sum`` () =
    Property.check (fun (values: float[]) (PositiveInt most) ->
        let buckets = SeriesReduction.buckets most values
        let filled = buckets |> Array.filter (fun bucket -> not (Double.IsNaN bucket.Mean))

        Assert.True(buckets.Length <= most)
        Assert.Equal(buckets.Length, (SeriesReduction.bucketPlaces most values.Length).Length)

        match finite values with
        | [||] -> Assert.Empty filled
        | known ->
            Assert.Equal(Array.min known, filled |> Array.map _.Lowest |> Array.min)
            Assert.Equal(Array.max known, filled |> Array.map _.Highest |> Array.max))

[<Fact>]
let ``a short series is kept as it is`` () =
    let values = [| 3.0; Double.NaN; -1.0; Double.PositiveInfinity |]
    let buckets = SeriesReduction.buckets 4 values
    Assert.Equal<float[]>([| 3.0; Double.NaN; -1.0; Double.NaN |], buckets |> Array.map _.Mean)
    Assert.Equal<int[]>([| 0; 1; 2; 3 |], SeriesReduction.bucketPlaces 4 4)

[<Fact>]
let ``a bucket stands at its middle and has its neighbours' mean`` () =
    let values = [| 1.0; 2.0; 6.0; 10.0; Double.NaN |]
    let buckets = SeriesReduction.buckets 2 values

    Assert.Equal<SeriesBucket[]>(
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
        |],
        buckets
    )

    Assert.Equal<int[]>([| 1; 3 |], SeriesReduction.bucketPlaces 2 5)

[<Fact>]
let ``a series of steps is drawn exactly from its changes`` () =
    Property.check (fun (levels: NonEmptyArray<bool>) ->
        let values = levels.Get |> Array.map (fun high -> if high then 0.5 else 0.4)
        let kept = SeriesReduction.changes Int32.MaxValue values

        let drawn =
            values
            |> Array.mapi (fun place _ -> values[kept |> Array.filter (fun before -> before <= place) |> Array.last])

        Assert.Equal<float[]>(values, drawn)
        Assert.Equal(values.Length - 1, Array.last kept))

[<Fact>]
let ``a series that changes too often keeps its extremes`` () =
    Property.check (fun (values: NonEmptyArray<float>) ->
        let most = 8
        let kept = SeriesReduction.changes most values.Get
        Assert.True(kept.Length <= most)
        Assert.Equal<int[]>(kept |> Array.distinct |> Array.sort, kept)

        match finite values.Get with
        | [||] -> ()
        | known when values.Get.Length > most ->
            let drawn = kept |> Array.map (fun place -> values.Get[place]) |> finite
            Assert.Equal(Array.max known, Array.max drawn)
            Assert.Equal(Array.min known, Array.min drawn)
        | _ -> ())
