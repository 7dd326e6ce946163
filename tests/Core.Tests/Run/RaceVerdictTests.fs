module DynamicRcnn.Core.Tests.Run.RaceVerdictTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private arms = [| "fixed"; "dynamic"; "cascade" |]

/// Rows of AP by round, each with the seconds of its runs.
let private verdict (rows: (string * float * float list) list) : RaceVerdict | null =
    let figures = [|
        for arm, seconds, aps in rows do
            for round, ap in List.indexed aps do
                ({
                    Arm = arm
                    Round = round
                    AP = ap
                    Seconds = seconds
                }
                : RaceFigure)
    |]

    let names = rows |> List.map (fun (arm, _, _) -> arm) |> Array.ofList
    RaceVerdict.ofStanding (names, Race.standing (names, figures), figures)

let private some (verdict: RaceVerdict | null) : RaceVerdict =
    match verdict with
    | null -> failtest "there is no verdict"
    | verdict -> verdict

[<Tests>]
let tests =
    testList "Run.RaceVerdict" [
        test "an arm that is above the others in every seed is taken, with its gain and its interval" {
            let of' =
                verdict [
                    "fixed", 100.0, [ 0.40; 0.43; 0.41 ]
                    "dynamic", 100.0, [ 0.43; 0.462; 0.438 ]
                    "cascade", 150.0, [ 0.41; 0.441; 0.42 ]
                ]
                |> some

            equal ("dynamic", true, "dynamic", 3, 1.0) (of'.Take, of'.IsSure, of'.Best, of'.Seeds, of'.Share)
            within 1e-12 0.03 of'.Gain.Mean
            // Differences 0.030, 0.032 and 0.028: 4.3027 standard errors of 0.002 / sqrt 3.
            let gain = of'.Gain
            within 1e-6 (0.03 - 4.30265 * 0.002 / sqrt 3.0) gain.Low
            startsWith "Take dynamic: AP 0.443 over 3 seeds, the highest in 100" of'.Text
            endsWith "Its gain over fixed is +0.030 AP (95 % interval +0.025 to +0.035, 3 seeds)." of'.Text
        }

        test "arms that cannot be told apart: it says so and names the cheapest within a standard error" {
            let of' =
                verdict [
                    "fixed", 100.0, [ 0.40; 0.45; 0.41 ]
                    "dynamic", 101.0, [ 0.43; 0.43; 0.42 ]
                    "cascade", 150.0, [ 0.45; 0.41; 0.425 ]
                ]
                |> some

            isFalse of'.IsSure
            equal ("fixed", "cascade") (of'.Take, of'.Best)
            inRange 0.3 0.7 of'.Share
            startsWith "Nothing is sure: cascade has the highest AP, 0.428 over 3 seeds" of'.Text
            containsText "fixed, dynamic. Take fixed, the cheapest of these (100.0 s a run)" of'.Text
            equal 0 of'.Gain.Count
        }

        test "of arms a few per cent apart in time the plan's first is the cheapest" {
            let of' seconds =
                verdict [ "fixed", seconds, [ 0.4; 0.5 ]; "dynamic", 100.0, [ 0.5; 0.4 ] ]
                |> some

            equal "fixed" (of' 104.0).Take
            equal "dynamic" (of' 106.0).Take
        }

        test "one seed decides nothing, and no complete round gives no verdict" {
            let one = verdict [ "fixed", 90.0, [ 0.4; 0.5 ]; "dynamic", 100.0, [ 0.8 ] ] |> some

            equal ("fixed", false, "dynamic", 1) (one.Take, one.IsSure, one.Best, one.Seeds)
            containsText "one seed does not tell" one.Text
            isTrue (isNull (verdict [ "fixed", 1.0, [ 0.4 ]; "dynamic", 1.0, [] ]))
        }

        test "the last arm is sure, and compared with those that were stopped last" {
            let of' =
                verdict [ "fixed", 100.0, [ 0.2; 0.21; 0.22 ]; "dynamic", 100.0, [ 0.4; 0.411; 0.42 ] ]
                |> some

            equal ("dynamic", true, 1.0) (of'.Take, of'.IsSure, of'.Share)
            within 1e-9 0.2 (Math.Round(of'.Gain.Mean, 3))
        }

        test "of equal arms one is called the best in at most one race of twenty" {
            let random, seed = Random 77, 77

            let normal () =
                sqrt (-2.0 * log (1.0 - random.NextDouble()))
                * cos (2.0 * Math.PI * random.NextDouble())

            let isWrong () =
                let ofSeed = Array.init 4 (fun _ -> 0.02 * normal ())

                verdict [
                    for arm in arms -> arm, 100.0, [ for s in ofSeed -> 0.4 + s + 0.007 * normal () ]
                ]
                |> some
                |> _.IsSure

            let wrong = Seq.init 100 (fun _ -> if isWrong () then 1.0 else 0.0) |> Seq.average
            printfn $"seed {seed}: equal arms, 4 seeds: one called the best in {wrong}"
            inRange 0.0 0.05 wrong
        }
    ]

let private options = [|
    {
        Option = "--data"
        Path = "data.path"
        Value = ConfigValue.Text "my cells"
    }
|]

[<Tests>]
let lineTests =
    testList "Run.TrainLine" [
        test "an arm's command has the options and what the arm changes in the preset, and nothing else" {
            let line arm =
                let plan = (ComparePlan.on null).Value

                TrainLine.ofArm (plan, (plan.Arms |> Array.find (fun each -> each.Name = arm)), options, "runs/long")

            let start = "drcnn train --preset r50-c4-small --data 'my cells' "
            equal (start + "--out runs/long") (line "dynamic")

            equal
                (start
                 + "--set dynamic.moveThreshold=false --set dynamic.moveBeta=false --set dynamic.initialIoU=0.5 --out runs/long")
                (line "fixed")

            containsText "--set 'model.cascade.stageIoUs=[0.6, 0.7]'" (line "dynamic-cascade")
        }

        test "compare makes the same arms of a cascade and of a baseline" {
            let configOf preset arm =
                let plan = (ComparePlan.on preset).Value.With(null, [| "solver.iterations=10" |])

                ConfigText.resolve {
                    Preset = plan.Preset
                    Layers = [||]
                    Sets = plan.SetsOf(plan.Arms |> Array.find (fun each -> each.Name = arm))
                    Options = [||]
                }
                |> _.Value.Config

            let cascade = configOf "r50-c4-small-cascade"
            equal [||] (cascade "dynamic").Model.Cascade.StageIoUs
            isTrue (cascade "dynamic").Dynamic.MoveThreshold
            equal (configOf "r50-c4-small" "fixed").Model (cascade "fixed").Model

            for arm in [ "cascade"; "dynamic-cascade" ] do
                equal (configOf "r50-c4-small" arm).Dynamic (cascade arm).Dynamic

            equal 10 (cascade "cascade").Solver.Iterations
            equal 25 (configOf "r50-c4-small" "dynamic-cascade").Dynamic.TopIoUCount
            equal 12 (configOf "tiny-demo" "dynamic-cascade").Dynamic.TopIoUCount
            containsText "r50-c4-smal" (single (ComparePlan.on "r50-c4-smal").Problems)
        }

        test "rounds beyond the plan's seeds have the numbers after them" {
            let plan = {
                (ComparePlan.on null).Value with
                    Seeds = [| 4; 9; 2 |]
            }

            equal [| 4; 9; 2; 10; 11 |] (Array.init 5 plan.SeedAt)
        }
    ]
