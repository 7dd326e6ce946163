namespace DynamicRcnn.Core

open System

/// A mean and the percentile interval of 95 % of a bootstrap.
[<Struct>]
type Interval = { Mean: float; Low: float; High: float }

/// What a bootstrap over seeds and images says of one arm.
type ArmIntervals = {
    AP: Interval
    AP90: Interval
    /// Over the first arm, with the same seeds and images; all 0 for the first arm.
    APGain: Interval
    AP90Gain: Interval
    /// Share of the samples in which its AP is the highest; ties share.
    Best: float
}

/// The bootstrap over seeds and images: a sample draws seeds and, apart from them, images of the split, each with replacement, and takes every arm's
/// mean AP over the drawn runs on the drawn images. What a seed or an image does to all arms cancels in the gains. The same arguments give the
/// same bits on every machine.
[<RequireQualifiedAccess>]
module ImageBootstrap =

    let private weightsOf (count: int) (drawn: int seq) : int[] =
        let weights = Array.zeroCreate<int> count

        for place in drawn do
            weights[place] <- weights[place] + 1

        weights

    /// [arm] mean figures of a sample.
    let private sample (runs: ResampledPrecision[][]) (seed: int64) (number: int) : ResampledAP[] =
        let seeds = runs[0].Length
        let images = (Array.head runs[0]).ImageCount

        let drawn count first =
            Seq.init count (fun place -> PairedBootstrap.draw seed number (first + place) count)

        let runWeights = drawn seeds 0 |> weightsOf seeds
        let imageWeights = drawn images seeds |> weightsOf images

        runs
        |> Array.map (fun ofArm ->
            let mutable ap, ap90 = 0.0, 0.0

            for place in 0 .. seeds - 1 do
                if runWeights[place] > 0 then
                    let figures = ofArm[place].Figures(imageWeights)
                    ap <- ap + float runWeights[place] * figures.AP
                    ap90 <- ap90 + float runWeights[place] * figures.AP90

            {
                AP = ap / float seeds
                AP90 = ap90 / float seeds
            })

    let private interval (mean: float) (values: float[]) : Interval =
        let sorted = Array.sort values

        {
            Mean = mean
            Low = PairedBootstrap.quantile sorted 0.025
            High = PairedBootstrap.quantile sorted 0.975
        }

    /// `runs`: [arm][seed], the same seeds in every arm, the same images in every run. `samples`: at least 1.
    [<CompiledName "Intervals">]
    let intervals (runs: ResampledPrecision[][], samples: int, seed: int64) : ArmIntervals[] =
        if samples < 1 then
            invalidArg (nameof samples) $"samples is {samples}, expected at least 1"

        let seeds = if runs.Length = 0 then 0 else runs[0].Length

        if runs |> Array.exists (fun ofArm -> ofArm.Length = 0 || ofArm.Length <> seeds) then
            invalidArg
                (nameof runs)
                "runs has arms with different numbers of seeds or none, expected a run for each seed in every arm"

        let drawn = Array.Parallel.init samples (sample runs seed)

        let whole =
            runs
            |> Array.map (fun ofArm ->
                let figures =
                    ofArm |> Array.map (fun run -> run.Figures(Array.create run.ImageCount 1))

                {
                    AP = figures |> Array.averageBy _.AP
                    AP90 = figures |> Array.averageBy _.AP90
                })

        let best =
            drawn
            |> Array.map (fun figures ->
                let highest = figures |> Array.map _.AP |> Array.max
                figures |> Array.map (fun figure -> if figure.AP = highest then 1.0 else 0.0))

        runs
        |> Array.mapi (fun arm _ ->
            let over (figure: ResampledAP -> float) =
                interval (figure whole[arm]) (drawn |> Array.map (fun figures -> figure figures[arm]))

            let gain (figure: ResampledAP -> float) =
                drawn
                |> Array.map (fun figures -> figure figures[arm] - figure figures[0])
                |> interval (figure whole[arm] - figure whole[0])

            {
                AP = over _.AP
                AP90 = over _.AP90
                APGain = gain _.AP
                AP90Gain = gain _.AP90
                Best = best |> Array.averageBy (fun shares -> shares[arm] / Array.sum shares)
            })
