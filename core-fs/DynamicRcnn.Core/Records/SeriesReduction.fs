namespace DynamicRcnn.Core

open System

/// Neighbouring values of a long series as a picture shows them. Values that are not finite take no part; NaN three times when none is.
[<Struct>]
type SeriesBucket = {
    Lowest: float
    Highest: float
    Mean: float
}

/// Long series made short enough to draw, without losing what stands out.
[<RequireQualifiedAccess>]
module SeriesReduction =

    /// Values that one bucket takes so that at most `most` buckets hold `count` of them.
    let bucketSize (most: int) (count: int) : int = max 1 ((count + most - 1) / most)

    let private empty = {
        Lowest = Double.NaN
        Highest = Double.NaN
        Mean = Double.NaN
    }

    let private bucketOf (values: ReadOnlySpan<float>) : SeriesBucket =
        let mutable lowest = Double.PositiveInfinity
        let mutable highest = Double.NegativeInfinity
        let mutable sum = 0.0
        let mutable count = 0

        for value in values do
            if Double.IsFinite value then
                lowest <- min lowest value
                highest <- max highest value
                sum <- sum + value
                count <- count + 1

        if count = 0 then
            empty
        else
            {
                Lowest = lowest
                Highest = highest
                Mean = sum / float count
            }

    /// Buckets of equally many neighbours (the last may have fewer): the extremes are kept, and the mean for a smooth line.
    [<CompiledName "Buckets">]
    let buckets (most: int) (values: float[]) : SeriesBucket[] =
        let size = bucketSize most values.Length

        Array.init ((values.Length + size - 1) / size) (fun bucket ->
            let start = bucket * size
            bucketOf (ReadOnlySpan(values, start, min size (values.Length - start))))

    /// The place in the series that stands for each bucket: its middle.
    [<CompiledName "BucketPlaces">]
    let bucketPlaces (most: int) (count: int) : int[] =
        let size = bucketSize most count

        Array.init ((count + size - 1) / size) (fun bucket ->
            let start = bucket * size
            start + (min size (count - start) - 1) / 2)

    /// Places of the lowest and the highest value of each of `most / 2` buckets.
    let private extremes (most: int) (values: float[]) : int[] =
        let size = bucketSize (max 1 (most / 2)) values.Length

        [| 0 .. values.Length - 1 |]
        |> Array.filter (fun place -> Double.IsFinite values[place])
        |> Array.groupBy (fun place -> place / size)
        |> Array.collect (fun (_, places) -> [|
            Array.minBy (fun place -> values[place]) places
            Array.maxBy (fun place -> values[place]) places
        |])
        |> Array.distinct
        |> Array.sort

    /// Places of a series of steps that are enough to draw it exactly: the first, each that differs from the one before, the last.
    /// Where these are more than `most`, the extremes of neighbours stand for them.
    [<CompiledName "Changes">]
    let changes (most: int) (values: float[]) : int[] =
        let isKept place =
            place = 0
            || place = values.Length - 1
            || not (values[place].Equals values[place - 1])

        let kept = [| 0 .. values.Length - 1 |] |> Array.filter isKept

        if kept.Length <= most then kept else extremes most values
