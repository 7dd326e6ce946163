namespace DynamicRcnn.Core

/// Seconds that the parts of an arm's run take on a machine.
[<Struct>]
type RunCost = {
    /// Reading the data, building the detector, writing its files.
    Start: float
    Step: float
    Evaluation: float
} with

    /// A run that is evaluated after its last iteration.
    member this.Of(iterations: int) : float =
        this.Start + this.Step * float iterations + this.Evaluation

/// How long the runs of a race are.
type RaceLength = {
    /// Of each run; 0 = no useful number fits.
    Iterations: int
    /// The fewest that are useful.
    Least: int
    /// That would do for runs of the fewest, with what is used already.
    LeastSeconds: float
}

/// The length of a race's runs from the time that there is.
[<RequireQualifiedAccess>]
module RaceLength =

    /// Rounds, of a seed each, that have to fit before any arm is stopped.
    [<Literal>]
    let Rounds = 3

    /// Share of the time that is planned with; the rest is for runs that take longer than they were measured.
    let private planned = 0.93

    /// An eighth of its length leaves a schedule something to do; it was enough on blood cells.
    let private leastShare = 8

    /// The longest runs, up to `wanted` iterations, of which three of each arm fit into what is left.
    /// `seconds`: of the whole race; `used`: of them so far; `costs`: one for each arm.
    [<CompiledName "Choose">]
    let choose (seconds: float, used: float, wanted: int, costs: RunCost[]) : RaceLength =
        let still (iterations: int) =
            float Rounds * (costs |> Array.sumBy (fun cost -> cost.Of iterations))

        let available = planned * seconds - used
        let perIteration = still 1 - still 0

        let fitting =
            if perIteration > 0.0 then
                (available - still 0) / perIteration
            else
                float wanted

        let least = (wanted + leastShare - 1) / leastShare

        let iterations =
            if fitting >= float wanted then wanted
            elif fitting >= float least then int fitting
            else 0

        {
            Iterations = iterations
            Least = least
            LeastSeconds = (used + still least) / planned
        }
