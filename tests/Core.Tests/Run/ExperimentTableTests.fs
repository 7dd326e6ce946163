module DynamicRcnn.Core.Tests.Run.ExperimentTableTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private plan: ExperimentPlan = {
    Preset = "tiny-demo"
    Sets = [||]
    Seeds = [| 1; 2; 3 |]
    Arms = [|
        { Name = "fixed"; Sets = [||] }
        { Name = "both"; Sets = [||] }
        { Name = "none"; Sets = [||] }
    |]
}

let private outcome arm seed ap dead : ExperimentOutcome = {
    Arm = arm
    Seed = seed
    AP = ap
    APByIoU = [| 0.9; 0.8; 0.7; 0.6; 0.6; 0.5; 0.5; 0.5; ap / 2.0; 0.0 |]
    IoUThreshold = 0.6
    Beta = 0.3
    Windows = 10
    DeadWindows = dead
    Seconds = 1.0
}

[<Tests>]
let tests =
    testList "Run.ExperimentTable" [
        test "a row has the mean and the sample deviation of its seeds" {
            let rows =
                ExperimentTable.rows plan [|
                    outcome "fixed" 1 0.4 0
                    outcome "fixed" 2 0.5 1
                    outcome "fixed" 3 0.6 4
                |]

            let row = single rows
            equal 3 row.AP.Count
            within 5e-13 0.5 row.AP.Mean
            within 5e-13 0.1 row.AP.Deviation
            within 5e-13 0.9 row.AP50.Mean
            within 5e-13 0.0 row.AP50.Deviation
            within 5e-13 0.5 row.AP75.Mean
            within 5e-13 0.25 row.APByIoU[8]
            within 5e-13 (5.0 / 30.0) row.DeadShare
            equal 0 row.APGain.Count
        }

        test "a gain compares runs of the same seed alone" {
            let rows =
                ExperimentTable.rows plan [|
                    outcome "both" 1 0.45 0
                    outcome "both" 2 0.52 0
                    outcome "fixed" 1 0.4 0
                    outcome "fixed" 3 0.9 0
                |]

            equal [ "fixed"; "both" ] (rows |> Array.map _.Arm |> List.ofArray)
            equal 1 rows[1].APGain.Count
            within 5e-13 0.05 rows[1].APGain.Mean
            within 5e-13 0.025 rows[1].AP90Gain.Mean
            isTrue (Double.IsNaN rows[1].APGain.Deviation)
        }
    ]
