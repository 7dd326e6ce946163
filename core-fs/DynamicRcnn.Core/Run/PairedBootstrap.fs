namespace DynamicRcnn.Core

open System

/// What a bootstrap says of the mean difference between two settings that were trained with the same seeds.
type BootstrapGain = {
    /// Pairs, one for each seed that both have.
    Count: int
    Mean: float
    /// The percentile interval of 95 % of the mean; NaN without two pairs. It never leaves the smallest and the largest difference, so with
    /// few pairs it is too narrow: of normal differences it holds the true mean in about 75 % of cases with three pairs, 83 % with five, 93 % with
    /// twenty. `StudentT` makes an interval that is right for few.
    Low: float
    High: float
    /// Share of the samples whose mean is above 0; a mean of exactly 0 counts half.
    ShareAbove: float
}

/// The bootstrap over seeds: a sample draws as many seeds as there are, with replacement, and takes the figures of all settings at the drawn
/// seeds, so that what a seed does to all of them cancels. The same arguments give the same bits on every machine.
[<RequireQualifiedAccess>]
module PairedBootstrap =

    /// Enough for a share to be right within half a per cent.
    [<Literal>]
    let Samples = 10_000

    /// SplitMix64's step (Steele, Lea and Flood 2014).
    let private mix (value: uint64) : uint64 =
        let mutable z = value + 0x9E3779B97F4A7C15UL
        z <- (z ^^^ (z >>> 30)) * 0xBF58476D1CE4E5B9UL
        z <- (z ^^^ (z >>> 27)) * 0x94D049BB133111EBUL
        z ^^^ (z >>> 31)

    /// A number in [0, count) that is a function of the arguments alone.
    let internal draw (seed: int64) (sample: int) (place: int) (count: int) : int =
        let hash = mix (mix (mix (uint64 seed) ^^^ uint64 sample) ^^^ uint64 place)
        int (float (hash >>> 11) * (1.0 / float (1L <<< 53)) * float count)

    /// The mean of the figures at the seeds that a sample draws.
    let private meanOf (seed: int64) (sample: int) (figures: float[]) : float =
        let mutable sum = 0.0

        for place in 0 .. figures.Length - 1 do
            sum <- sum + figures[draw seed sample place figures.Length]

        sum / float figures.Length

    /// Between the two values around a share of a sorted list, as NumPy's quantile.
    let internal quantile (sorted: float[]) (share: float) : float =
        let at = share * float (sorted.Length - 1)
        let below = int at
        let above = min (below + 1) (sorted.Length - 1)
        sorted[below] + (at - float below) * (sorted[above] - sorted[below])

    /// Differences `other - baseline` at the seeds that both have, in the order of `other`. Each pair is a seed and its figure, such as AP.
    [<CompiledName "Differences">]
    let differences (baseline: struct (int * float)[], other: struct (int * float)[]) : float[] =
        other
        |> Array.choose (fun (struct (seed, figure)) ->
            baseline
            |> Array.tryFind (fun (struct (its, _)) -> its = seed)
            |> Option.map (fun (struct (_, before)) -> figure - before))

    /// The mean of differences, its interval and its sign. `differences`: one for each seed. `samples`: at least 1; `seed`: of the draws.
    [<CompiledName "Gain">]
    let gain (differences: float[], samples: int, seed: int64) : BootstrapGain =
        if samples < 1 then
            invalidArg (nameof samples) $"samples is {samples}, expected at least 1"

        if differences.Length = 0 then
            {
                Count = 0
                Mean = nan
                Low = nan
                High = nan
                ShareAbove = nan
            }
        else
            let means =
                Array.init samples (fun sample -> meanOf seed sample differences) |> Array.sort

            let share (mean: float) =
                if mean > 0.0 then 1.0
                elif mean = 0.0 then 0.5
                else 0.0

            let bound at =
                if differences.Length < 2 then nan else quantile means at

            {
                Count = differences.Length
                Mean = Array.average differences
                Low = bound 0.025
                High = bound 0.975
                ShareAbove = Array.averageBy share means
            }

    /// For each setting the share of the samples in which its mean is the highest; ties share. `figures`: [settings][seeds], rows of one length.
    [<CompiledName "SharesOfBest">]
    let sharesOfBest (figures: float[][], samples: int, seed: int64) : float[] =
        if
            figures
            |> Array.exists (fun row -> row.Length = 0 || row.Length <> figures[0].Length)
        then
            invalidArg
                (nameof figures)
                "figures has rows of different lengths or none, expected a figure for each seed in every row"

        let shares = Array.zeroCreate<float> figures.Length

        for sample in 0 .. samples - 1 do
            let means = figures |> Array.map (meanOf seed sample)
            let best = Array.max means
            let winners = means |> Array.sumBy (fun mean -> if mean = best then 1 else 0)

            means
            |> Array.iteri (fun i mean ->
                if mean = best then
                    shares[i] <- shares[i] + 1.0 / float winners)

        shares |> Array.map (fun share -> share / float samples)
