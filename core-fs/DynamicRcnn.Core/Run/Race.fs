namespace DynamicRcnn.Core

open System

/// A finished run of a race.
type RaceFigure = {
    Arm: string
    /// From 0; a round has a seed.
    Round: int
    AP: float
    /// Of training and evaluation.
    Seconds: float
}

/// An arm that is stopped early.
type RaceDrop = {
    Arm: string
    /// The arm with the highest mean then.
    Leader: string
    /// That both had by then.
    Seeds: int
    AP: float
    LeaderAP: float
    /// Standard error of the difference.
    Error: float
    /// Probability of falling so far behind as an equal arm.
    Chance: float
}

/// Who is still in a race.
type RaceStanding = {
    /// In the plan's order.
    Racing: string[]
    /// In the order in which they were stopped.
    Dropped: RaceDrop[]
    /// The first that is not complete.
    Round: int
    /// Arms that this round lacks.
    Missing: string[]
}

/// What a race does next.
[<RequireQualifiedAccess>]
type RaceStep =
    | Train of Arm: string * Round: int
    /// One arm is left.
    | Decided
    /// No further round fits.
    | TimeIsUp

/// All arms with a seed, then those that are not clearly behind with the next one, for as long as there is time.
[<RequireQualifiedAccess>]
module Race =

    /// Chance that any arm of a race in which all are equal is ever stopped, however many rounds it has.
    let private level = 0.05

    /// Of that chance, what the look after so many rounds may take: 1/2, 1/6, 1/12 and so on, which together are 1.
    let private shareOf (rounds: int) = 1.0 / float (rounds * (rounds - 1))

    /// An arm that is above the leader in more of the bootstrap samples goes on, whatever the spread of the others.
    let private mostAbove = 0.025

    /// Of the race's time that may be used beyond it, before a run is stopped where it is; the rest of 5 % is for its last checkpoint and the report.
    [<Literal>]
    let Late = 0.04

    /// A round is begun when so many times what it took before is left.
    let private margin = 1.05

    let private figuresOf (figures: RaceFigure[]) (rounds: int) (arm: string) : float[] =
        figures
        |> Array.filter (fun figure -> figure.Arm = arm && figure.Round < rounds)
        |> Array.sortBy _.Round
        |> Array.map _.AP

    let private isClear (rows: float[][]) (comparison: SeedComparison) (arm: int) : bool =
        // Any arm may be the best of equal ones, and any other the one that is behind.
        let pairs = rows.Length * (rows.Length - 1)
        let rounds = rows[0].Length

        let above () =
            let differences = Array.map2 (-) rows[arm] rows[comparison.Best]
            PairedBootstrap.gain(differences, PairedBootstrap.Samples, 0L).ShareAbove

        comparison.Chance arm < level * shareOf rounds / float pairs
        && above () <= mostAbove

    /// Arms that are clearly behind after so many rounds, of those that race.
    let private drops (figures: RaceFigure[]) (racing: string[]) (rounds: int) : RaceDrop[] =
        let rows = racing |> Array.map (figuresOf figures rounds)
        let comparison = SeedComparison.ofFigures rows

        [|
            for i, arm in Array.indexed racing do
                if isClear rows comparison i then
                    {
                        Arm = arm
                        Leader = racing[comparison.Best]
                        Seeds = rounds
                        AP = comparison.Means[i]
                        LeaderAP = comparison.Means[comparison.Best]
                        Error = comparison.Error
                        Chance = comparison.Chance i
                    }
        |]

    /// Where a race stands by its finished runs, whenever and in whatever order they were made. `arms`: the plan's, at least two.
    [<CompiledName "Standing">]
    let standing (arms: string[], figures: RaceFigure[]) : RaceStanding =
        let has (round: int) (arm: string) =
            figures |> Array.exists (fun figure -> figure.Arm = arm && figure.Round = round)

        let rec from (racing: string[]) (dropped: RaceDrop[]) (round: int) =
            let missing = racing |> Array.filter (has round >> not)

            if racing.Length = 1 || missing.Length > 0 then
                {
                    Racing = racing
                    Dropped = dropped
                    Round = round
                    Missing = missing
                }
            else
                let now = if round = 0 then [||] else drops figures racing (round + 1)

                let isOut arm =
                    now |> Array.exists (fun drop -> drop.Arm = arm)

                from (Array.filter (isOut >> not) racing) (Array.append dropped now) (round + 1)

        from arms [||] 0

    /// What comes next. A round is begun when all of it fits into the time that is left, and a round that was begun is ended when that is at most
    /// a little late. `seconds`: of the whole race; `used`: of them so far; `costOf`: seconds that an arm's run still takes in this round.
    [<CompiledName "Next">]
    let next (standing: RaceStanding, seconds: float, used: float, costOf: Func<string, float>) : RaceStep =
        let needed = standing.Missing |> Array.sumBy costOf.Invoke
        let left = seconds - used
        let isBegun = standing.Missing.Length < standing.Racing.Length

        let fits =
            if isBegun then
                needed <= left + Late * seconds
            else
                margin * needed <= left

        if standing.Racing.Length = 1 then
            RaceStep.Decided
        elif fits then
            RaceStep.Train(standing.Missing[0], standing.Round)
        else
            RaceStep.TimeIsUp
