namespace DynamicRcnn.Core

open System
open System.Globalization

/// Which arm to take, and how sure that is.
type RaceVerdict = {
    /// The arm to take.
    Take: string
    /// Whether it is better than every other, or the only one left.
    IsSure: bool
    /// The arm with the highest mean AP over `Seeds`, and this mean.
    Best: string
    BestAP: float
    /// Complete rounds that the arms which are compared have in common.
    Seeds: int
    /// Share of the bootstrap samples over these seeds in which the best arm is the best.
    Share: float
    /// Standard error of a difference between two of these arms; NaN with one seed.
    Error: float
    /// AP of the arm to take over that of the plan's first arm, by seed; no value when it is that arm.
    Gain: Spread
    /// The same as sentences.
    Text: string
}

/// A race's verdict from its finished runs.
[<RequireQualifiedAccess>]
module RaceVerdict =

    /// Chance that the best of equal arms is called the best.
    let private level = 0.05

    /// Times that differ by less are equal: the plan's order decides.
    let private sameTime = 1.05

    let private text (format: string) (value: float) =
        value.ToString(format, CultureInfo.InvariantCulture)

    let private ap = text "0.000"
    let private signed = text "+0.000;-0.000"
    let private chance = text "0.#####"
    let private share = text "P0"
    let private aRun (seconds: float) = text "0.0" seconds + " s a run"

    let private count (seeds: int) =
        if seeds = 1 then "1 seed" else $"{seeds} seeds"

    let private ofArm (figures: RaceFigure[]) (arm: string) =
        figures |> Array.filter (fun figure -> figure.Arm = arm) |> Array.sortBy _.Round

    /// Those that race; where one is left, also those that were stopped last.
    let private compared (standing: RaceStanding) : string[] =
        if standing.Racing.Length > 1 then
            standing.Racing
        else
            let last = standing.Dropped |> Array.map _.Seeds |> Array.max

            standing.Dropped
            |> Array.filter (fun drop -> drop.Seeds = last)
            |> Array.map _.Arm
            |> Array.append standing.Racing

    /// The first of the arms, in the plan's order, whose runs take no longer than any other's.
    let private cheapest (figures: RaceFigure[]) (arms: string[]) : string * float =
        let times =
            arms
            |> Array.map (fun arm -> arm, ofArm figures arm |> Array.averageBy _.Seconds)

        let least = times |> Array.map snd |> Array.min
        times |> Array.find (fun (_, seconds) -> seconds <= sameTime * least)

    let private gainOf (figures: RaceFigure[]) (baseline: string) (arm: string) : Spread =
        let pairs name =
            ofArm figures name |> Array.map (fun figure -> struct (figure.Round, figure.AP))

        if arm = baseline then
            ExperimentTable.spread [||]
        else
            PairedBootstrap.differences (pairs baseline, pairs arm)
            |> ExperimentTable.spread

    let private gainText (baseline: string) (gain: Spread) : string =
        match gain.Count with
        | 0 -> ""
        | 1 -> $" Its gain over {baseline} is {signed gain.Mean} AP with one seed."
        | seeds ->
            $" Its gain over {baseline} is {signed gain.Mean} AP (95 %% interval {signed gain.Low} to {signed gain.High}, {count seeds})."

    /// Why an arm was stopped, in a sentence.
    [<CompiledName "DropText">]
    let dropText (drop: RaceDrop) : string =
        $"{drop.Arm} is stopped after {count drop.Seeds}: AP {ap drop.AP} against {ap drop.LeaderAP} of {drop.Leader}, "
        + $"{ap (drop.LeaderAP - drop.AP)} behind with a standard error of {ap drop.Error} (chance {chance drop.Chance})"

    let private leading (verdict: RaceVerdict) : string =
        $"{ap verdict.BestAP} over {count verdict.Seeds}, the highest in {share verdict.Share} of the bootstrap samples over seeds"

    let private unsure (verdict: RaceVerdict) (near: string[]) (seconds: float) : string =
        let start = $"Nothing is sure: {verdict.Best} has the highest AP, {leading verdict}"

        if verdict.Seeds = 1 then
            $"{start}, and one seed does not tell how far seeds differ. Take {verdict.Take}, the cheapest ({aRun seconds}), or give more hours."
        elif near.Length = 1 then
            $"{start}; no other is within one standard error ({ap verdict.Error}) of it. Take {verdict.Take}; more hours would tell."
        else
            let others =
                near |> Array.filter (fun arm -> arm <> verdict.Best) |> String.concat ", "

            let least =
                if verdict.Take = verdict.Best then
                    "which is also the cheapest of these"
                else
                    "the cheapest of these"

            $"{start}; within one standard error ({ap verdict.Error}) of it: {others}. Take {verdict.Take}, {least} ({aRun seconds})."

    /// `arms`: the plan's, in its order; the first is what gains are over. Null before a round is complete.
    [<CompiledName "Of">]
    let ofStanding (arms: string[], standing: RaceStanding, figures: RaceFigure[]) : RaceVerdict | null =
        let compared =
            compared standing
            |> fun names -> arms |> Array.filter (fun arm -> Array.contains arm names)

        let seeds =
            compared |> Array.map (fun arm -> (ofArm figures arm).Length) |> Array.min

        if seeds = 0 then
            null
        else
            let rows =
                compared
                |> Array.map (fun arm -> ofArm figures arm |> Array.truncate seeds |> Array.map _.AP)

            let comparison = SeedComparison.ofFigures rows
            let best = compared[comparison.Best]

            let others =
                compared |> Array.indexed |> Array.filter (fun (i, _) -> i <> comparison.Best)

            let isSure =
                standing.Racing.Length = 1
                || others
                   |> Array.forall (fun (i, _) -> comparison.Chance i < level / float others.Length)

            let near =
                compared
                |> Array.indexed
                |> Array.filter (fun (i, _) -> comparison.Degrees = 0 || comparison.Behind i <= comparison.Error)
                |> Array.map snd

            let cheap, seconds = cheapest figures near
            let take = if isSure then best else cheap

            let verdict = {
                Take = take
                IsSure = isSure
                Best = best
                BestAP = comparison.Means[comparison.Best]
                Seeds = seeds
                Share = PairedBootstrap.sharesOfBest(rows, PairedBootstrap.Samples, 0L)[comparison.Best]
                Error = comparison.Error
                Gain = gainOf figures arms[0] take
                Text = ""
            }

            let said =
                if isSure then
                    $"Take {take}: AP {leading verdict}."
                else
                    unsure verdict near seconds

            {
                verdict with
                    Text = said + gainText arms[0] verdict.Gain
            }
