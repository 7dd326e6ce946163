namespace DynamicRcnn.Core

/// Arms that were trained with the same seeds: their means, and how far a difference between two of them can be trusted.
type SeedComparison = {
    Means: float[]
    /// Place of the highest mean, the first of equal ones.
    Best: int
    /// Standard error of the difference between two arms' means: from what is left of the figures once each arm's and each seed's mean are
    /// taken off, of all arms together, so that two seeds of four arms say something already. NaN with one seed.
    Error: float
    /// Of that error; 0 with one seed.
    Degrees: int
} with

    /// How far an arm's mean is behind the best.
    member this.Behind(arm: int) : float = this.Means[this.Best] - this.Means[arm]

    /// Probability that an arm as good as the best falls so far behind it; 0.5 with one seed.
    member this.Chance(arm: int) : float =
        if this.Degrees = 0 then
            0.5
        else
            StudentT.tail (this.Behind arm / this.Error, this.Degrees)

[<RequireQualifiedAccess>]
module SeedComparison =

    /// A hundredth of a point of AP: no spread is known better, and figures that are equal to the last bits decide nothing.
    let private leastDeviation = 1e-4

    /// `figures`: [arms][seeds], at least two arms and one seed.
    [<CompiledName "Of">]
    let ofFigures (figures: float[][]) : SeedComparison =
        let arms, seeds = figures.Length, figures[0].Length
        let means = figures |> Array.map Array.average
        let seedMeans = figures |> Array.transpose |> Array.map Array.average
        let all = Array.average means
        let degrees = (arms - 1) * (seeds - 1)

        let squares =
            figures
            |> Array.mapi (fun arm row ->
                row
                |> Array.mapi (fun seed figure -> figure - means[arm] - seedMeans[seed] + all)
                |> Array.sumBy (fun rest -> rest * rest))
            |> Array.sum

        {
            Means = means
            Best = means |> Array.findIndex ((=) (Array.max means))
            Error =
                if degrees = 0 then
                    nan
                else
                    max leastDeviation (sqrt (squares / float degrees)) * sqrt (2.0 / float seeds)
            Degrees = degrees
        }
