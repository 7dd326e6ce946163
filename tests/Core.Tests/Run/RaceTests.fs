module DynamicRcnn.Core.Tests.Run.RaceTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open Expecto.ExpectoFsCheck
open FsCheck

let private arms = [| "fixed"; "dynamic"; "cascade"; "dynamic-cascade" |]

let private figure arm round ap : RaceFigure = {
    Arm = arm
    Round = round
    AP = ap
    Seconds = 100.0
}

/// Rows of AP, one for each arm, a column for each round.
let private table (rows: (string * float list) list) : RaceFigure[] = [|
    for arm, aps in rows do
        yield! aps |> List.mapi (figure arm)
|]

let private normal (random: Random) : float =
    sqrt (-2.0 * log (1.0 - random.NextDouble()))
    * cos (2.0 * Math.PI * random.NextDouble())

/// Noise of a run, and what a seed does to all arms: as on blood cells (docs/results.md).
let private noise, private seedNoise = 0.007, 0.02

/// AP of every arm in every round: its mean, the seed's and its own deviation.
let private drawn (random: Random) (means: float[]) (rounds: int) : RaceFigure[] =
    let ofSeed = Array.init rounds (fun _ -> seedNoise * normal random)

    [|
        for i, arm in Array.indexed arms do
            for round in 0 .. rounds - 1 do
                figure arm round (means[i] + ofSeed[round] + noise * normal random)
    |]

let private simulations, private seed = 400, 20_261

/// Share of drawn races, of so many rounds, for which something holds.
let private shareOf (means: float[]) (rounds: int) (holds: RaceStanding -> bool) : float =
    let random = Random seed

    Seq.init simulations (fun _ -> Race.standing (arms, drawn random means rounds))
    |> Seq.averageBy (fun standing -> if holds standing then 1.0 else 0.0)

/// A whole race of runs whose durations and figures are drawn: what the clock says at its end, and how it stood.
let private raced (random: Random) (seconds: float) (costs: RunCost[]) (wanted: int) (means: float[]) =
    let length = RaceLength.choose (seconds, 0.0, wanted, costs)
    let ofSeed = Array.init 1_000 (fun _ -> seedNoise * normal random)

    let rec go (figures: RaceFigure list) (used: float) (spent: Map<string, float list>) =
        let standing = Race.standing (arms, Array.ofList figures)

        let cost (arm: string) =
            match Map.tryFind arm spent with
            | Some times -> List.average times
            | None -> costs[Array.IndexOf(arms, arm)].Of length.Iterations

        match Race.next (standing, seconds, used, Func<_, _> cost) with
        | RaceStep.Train(arm, round) ->
            let i = Array.IndexOf(arms, arm)
            // A run takes 0.7 to 1.5 times what was measured, and stops where the time is over.
            let takes = costs[i].Of length.Iterations * (0.7 + 0.8 * random.NextDouble())
            let isStopped = used + takes > (1.0 + Race.Late) * seconds

            if isStopped then
                (1.0 + Race.Late) * seconds, standing
            else
                let ap = means[i] + ofSeed[round] + noise * normal random

                let times = takes :: (Map.tryFind arm spent |> Option.defaultValue [])
                go (figure arm round ap :: figures) (used + takes) (Map.add arm times spent)
        | RaceStep.Decided
        | RaceStep.TimeIsUp -> used, standing

    if length.Iterations = 0 then
        0.0, Race.standing (arms, [||])
    else
        go [] 0.0 Map.empty

[<Tests>]
let tests =
    testList "Run.Race" [
        test "an arm ten points behind is stopped after two or three seeds, and only that one" {
            let means = [| 0.44; 0.45; 0.35; 0.45 |]
            let dropped (standing: RaceStanding) = standing.Dropped |> Array.map _.Arm

            let two = shareOf means 2 (dropped >> Array.contains "cascade")
            let three = shareOf means 3 (dropped >> Array.contains "cascade")
            printfn $"seed {seed}: ten points behind, stopped after two seeds {two}, after three {three}"
            inRange 0.6 1.0 two
            inRange 0.99 1.0 three
        }

        test "equal arms go on: of twelve rounds in one of twenty is any stopped" {
            for rounds in [ 2; 3; 12 ] do
                let wrong =
                    shareOf (Array.create 4 0.4) rounds (fun standing -> standing.Dropped.Length > 0)

                printfn $"seed {seed}: equal arms, {rounds} rounds: any stopped in {wrong}"
                inRange 0.0 0.05 wrong
        }

        test "equal figures to the last bit stop nobody, whatever rounding makes of their means" {
            let standing =
                Race.standing (arms, table [ for arm in arms -> arm, [ 0.1; 0.7; 0.3; 0.0; 0.9 ] ])

            equal arms standing.Racing
            equal (5, arms) (standing.Round, standing.Missing)
        }

        test "what was stopped is told with its figures, and the rest goes on with further seeds" {
            let figures =
                table [
                    "fixed", [ 0.40; 0.43 ]
                    "dynamic", [ 0.42; 0.445 ]
                    "cascade", [ 0.30; 0.324 ]
                    "dynamic-cascade", [ 0.42; 0.452 ]
                ]

            let standing = Race.standing (arms, figures)
            let drop = single standing.Dropped
            equal ("cascade", "dynamic-cascade", 2) (drop.Arm, drop.Leader, drop.Seeds)
            within 1e-12 0.312 drop.AP
            within 1e-12 0.436 drop.LeaderAP
            containsText "cascade is stopped after 2 seeds: AP 0.312 against 0.436" (RaceVerdict.dropText drop)
            equal [| "fixed"; "dynamic"; "dynamic-cascade" |] standing.Missing
            // Runs that were made before an arm was stopped in an earlier round do not bring it back.
            let more =
                Array.append figures (table [ "cascade", [ 0.3; 0.3; 0.9 ] ] |> Array.skip 2)

            equal standing.Missing (Race.standing(arms, more).Missing)
        }

        test "a round is begun only as a whole, and ended when that is a little late" {
            let cost = Func<string, float>(fun _ -> 100.0)
            let start = Race.standing (arms, [||])
            equal (RaceStep.Train("fixed", 0)) (Race.next (start, 1_000.0, 500.0, cost))
            equal RaceStep.TimeIsUp (Race.next (start, 1_000.0, 600.0, cost))
            let begun = Race.standing (arms, table [ "fixed", [ 0.1 ]; "dynamic", [ 0.1 ] ])
            equal (RaceStep.Train("cascade", 0)) (Race.next (begun, 1_000.0, 835.0, cost))
            equal RaceStep.TimeIsUp (Race.next (begun, 1_000.0, 845.0, cost))

            let alone =
                Race.standing ([| "a"; "b" |], table [ "a", [ 0.1; 0.2; 0.3 ]; "b", [ 0.5; 0.6; 0.7 ] ])

            equal RaceStep.Decided (Race.next (alone, 1_000.0, 0.0, cost))
        }

        test "the length leaves room for three seeds of all arms, and says what would do where there is none" {
            let costs =
                Array.create 4 {
                    Start = 10.0
                    Step = 0.5
                    Evaluation = 20.0
                }

            // 12 runs of 30 s and 500 steps of 0.5 s take 3,360 s.
            equal 500 (RaceLength.choose (3_360.0 / 0.93 + 1.0, 0.0, 2_000, costs)).Iterations
            equal 2_000 (RaceLength.choose (1e6, 0.0, 2_000, costs)).Iterations
            let short = RaceLength.choose (1_000.0, 100.0, 2_000, costs)
            equal (0, 250) (short.Iterations, short.Least)
            let enough = RaceLength.choose (short.LeastSeconds + 1e-6, 100.0, 2_000, costs)
            equal 250 enough.Iterations
        }

        testProperty
            "no race of drawn durations goes more than a twentieth over its time, and a useful one has a seed of every arm"
        <| fun (salt: int) (PositiveInt hours) (PositiveInt step) (PositiveInt evaluation) ->
            let random = Random salt
            let seconds = 360.0 * float (hours % 10 + 1)

            let costs =
                Array.init 4 (fun i -> {
                    Start = 5.0
                    Step = 0.01 * float (step % 100 + 1) * (1.0 + float i / 4.0)
                    Evaluation = float (evaluation % 60)
                })

            let means = Array.init 4 (fun i -> 0.4 + 0.05 * float (i % 2) * random.NextDouble())
            let used, standing = raced random seconds costs 2_000 means
            used <= 1.05 * seconds && (used = 0.0 || standing.Round > 0)
    ]
