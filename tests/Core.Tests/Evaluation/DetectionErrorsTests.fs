module DynamicRcnn.Core.Tests.Evaluation.DetectionErrorsTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes
open Expecto

let private truthBox = truthBox 1L

let private analyse truths detections : ErrorAnalysis =
    (CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L; 2L |], [| 1L; 2L; 3L |])).Errors

let private none = {
    Correct = 0
    Localisation = 0
    Class = 0
    Duplicate = 0
    Background = 0
    InCrowd = 0
    Missed = 0
}

let private counts truths detections = (analyse truths detections).Counts

[<Tests>]
let tests =
    testList "Evaluation.DetectionErrors" [
        test "each detection is of one kind" {
            let one = [ truthBox 1L 1L 0.0 ]
            let right = detectionBox 1L 1L 0.0 0.9
            equal { none with Correct = 1 } (counts one [ right ])
            equal { none with Missed = 1 } (counts one [])

            // IoU 4 / 16
            equal
                {
                    none with
                        Localisation = 1
                        Missed = 1
                }
                (counts one [ detectionBox 1L 1L 6.0 0.9 ])

            // IoU 1 / 19
            equal { none with Background = 1; Missed = 1 } (counts one [ detectionBox 1L 1L 9.0 0.9 ])

            equal { none with Class = 1 } (counts one [ detectionBox 1L 2L 1.0 0.9 ])

            equal
                { none with Correct = 1; Duplicate = 2 }
                (counts one [ right; detectionBox 1L 1L 1.0 0.8; detectionBox 1L 2L 1.0 0.7 ])

            let crowd = { truthBox 1L 1L 0.0 with Crowd = true }
            equal { none with InCrowd = 2 } (counts [ crowd ] [ right; right ])
        }

        test "a right detection is found before a better one of another class" {
            let found =
                counts [ truthBox 1L 1L 0.0 ] [ detectionBox 1L 2L 0.0 0.9; detectionBox 1L 1L 0.0 0.6 ]

            equal { none with Correct = 1; Duplicate = 1 } found
        }

        test "detections below the score take no part" {
            let analysis = analyse [ truthBox 1L 1L 0.0 ] [ detectionBox 1L 1L 0.0 0.49 ]
            equal { none with Missed = 1 } analysis.Counts
            equal 0.5 analysis.Score
        }

        test "rows of the confusion matrix add up to the objects and columns to the detections" {
            let truths = [
                truthBox 1L 1L 0.0
                truthBox 1L 1L 50.0
                truthBox 1L 2L 100.0
                truthBox 2L 2L 0.0
            ]

            let detections = [
                detectionBox 1L 1L 0.0 0.9
                detectionBox 1L 2L 50.0 0.8
                detectionBox 1L 2L 100.0 0.7
                detectionBox 1L 2L 300.0 0.6
            ]

            let confusion = (analyse truths detections).Confusion
            equal [| 1L; 2L |] confusion.CategoryIds
            equal [| [| 1; 1; 0 |]; [| 0; 1; 1 |]; [| 0; 1; 0 |] |] confusion.Counts
        }

        test "images are ranked by F1, then by errors, and empty ones left out" {
            let truths = [ truthBox 1L 1L 0.0; truthBox 2L 1L 0.0 ]
            let found = detectionBox 1L 1L 0.0 0.9
            let analysis = analyse truths [ found; detectionBox 1L 1L 80.0 0.8 ]

            let first = {
                ImageId = 1L
                F1 = 2.0 / 3.0
                Correct = 1
                Missed = 0
                FalsePositives = 1
            }

            let second = {
                ImageId = 2L
                F1 = 0.0
                Correct = 0
                Missed = 1
                FalsePositives = 0
            }

            equal [| second; first |] analysis.Worst
            equal [| first; second |] analysis.Best
            // Nobody is right in either: the one with more errors is worse.
            let wrong = analyse truths [ detectionBox 2L 1L 80.0 0.8 ]
            equal [| 2L; 1L |] (wrong.Worst |> Array.map _.ImageId)
        }
    ]
