module DynamicRcnn.Core.Tests.Evaluation.MendedErrorsTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes
open Expecto

let private evaluate truths detections =
    CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L; 2L |], [| 1L; 2L; 3L |])

let private costs truths detections : ErrorCosts = (evaluate truths detections).ErrorCosts

let private near what (expected: float) (cost: ErrorCost) =
    Expect.floatClose Accuracy.veryHigh cost.AP expected what

/// All that is won besides the given.
let private nothingElse (costs: ErrorCosts) (named: ErrorCost list) =
    for cost in
        [
            costs.Class
            costs.Localisation
            costs.ClassAndLocalisation
            costs.Duplicate
            costs.Background
            costs.Missed
        ] do
        if not (List.contains cost named) then
            equal { Count = 0; AP = 0.0 } cost

// Two objects of one category in an image, the first found; AP50 of recall 0.5 at full precision is 51 of 101 points.
let private objects = [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 1L 100.0 ]
let private found = detectionBox 1L 1L 0.0 0.9
let private half = 51.0 / 101.0

[<Tests>]
let tests =
    testList "Evaluation.MendedErrors" [
        test "nothing is wrong" {
            let costs = costs objects [ found; detectionBox 1L 1L 100.0 0.8 ]
            nothingElse costs []
            equal { Count = 0; AP = 0.0 } costs.FalsePositives
            equal { Count = 0; AP = 0.0 } costs.FalseNegatives
        }

        test "a missed object: with one fewer to find, all are found" {
            let costs = costs objects [ found ]
            equal 1 costs.Missed.Count
            near "missed" (1.0 - half) costs.Missed
            near "false negatives" (1.0 - half) costs.FalseNegatives
            nothingElse costs [ costs.Missed ]
        }

        test "a box too far off: moved, it finds the object, and the object is not missed" {
            // IoU 5 / 15
            let costs = costs objects [ found; detectionBox 1L 1L 105.0 0.8 ]
            equal 1 costs.Localisation.Count
            near "localisation" (1.0 - half) costs.Localisation
            equal 0 costs.Missed.Count
            near "false negatives" (1.0 - half) costs.FalseNegatives
            nothingElse costs [ costs.Localisation ]
        }

        test "of two boxes too far off the better one is moved and the other goes" {
            let detections = [ found; detectionBox 1L 1L 105.0 0.8; detectionBox 1L 1L 95.0 0.7 ]
            let costs = costs objects detections
            equal 2 costs.Localisation.Count
            near "localisation" (1.0 - half) costs.Localisation
        }

        test "a box too far off an object that is found goes" {
            // It ranks first: before, precision is 1/2 at recall 1/2; without it 1.
            let costs = costs objects [ detectionBox 1L 1L 5.0 0.95; found ]
            equal 1 costs.Localisation.Count
            near "localisation" (half - 0.5 * half) costs.Localisation
            equal 1 costs.Missed.Count
        }

        test "another class: right in the other category, wrong in its own" {
            // The second category has one object, found at 0.5, behind the wrong one at 0.8: AP 1/2 there; the first has half.
            let truths = objects @ [ truthBox 3L 2L 2L 0.0 ]
            let detections = [ found; detectionBox 1L 2L 100.0 0.8; detectionBox 2L 2L 0.0 0.5 ]
            let result = evaluate truths detections
            Expect.floatClose Accuracy.veryHigh result.APByIoU[0] ((half + 0.5) / 2.0) "AP50"
            equal 1 result.ErrorCosts.Class.Count
            near "class" (1.0 - (half + 0.5) / 2.0) result.ErrorCosts.Class
            nothingElse result.ErrorCosts [ result.ErrorCosts.Class ]
            // Taken away, the other category alone is mended.
            near "false positives" ((1.0 - 0.5) / 2.0) result.ErrorCosts.FalsePositives
        }

        test "a duplicate, a detection of nothing, and one near an object of another category go" {
            let one = [ truthBox 1L 1L 1L 0.0; truthBox 2L 2L 2L 0.0 ]
            let right = [ detectionBox 1L 1L 0.0 0.5; detectionBox 2L 2L 0.0 0.9 ]

            let check (wrong: DetectionBox) (kind: ErrorCosts -> ErrorCost) =
                let costs = costs one (wrong :: right)
                equal 1 (kind costs).Count
                // Before the right one of its category, of which there are two.
                near "of its kind" 0.25 (kind costs)
                near "false positives" 0.25 costs.FalsePositives
                nothingElse costs [ kind costs ]

            check (detectionBox 1L 1L 300.0 0.8) _.Background
            // IoU 5 / 15 with the object of the other category
            check (detectionBox 2L 1L 5.0 0.8) _.ClassAndLocalisation

            // The duplicate is below the one that is right, so that it costs precision at a later recall alone.
            let two = one @ [ truthBox 3L 3L 1L 0.0 ]
            let found = right @ [ detectionBox 1L 1L 1.0 0.4; detectionBox 3L 1L 0.0 0.3 ]
            let costs = costs two found
            equal 1 costs.Duplicate.Count
            near "duplicate" (50.0 / 101.0 * (1.0 - 2.0 / 3.0) / 2.0) costs.Duplicate
            nothingElse costs [ costs.Duplicate ]
        }

        test "on an object of another category it is of the wrong class, though its own object is found twice" {
            let truths = [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 2L 1.0 ]
            let costs = costs truths [ found; detectionBox 1L 1L 1.0 0.8 ]
            equal 1 costs.Class.Count
            equal 0 costs.Duplicate.Count
            equal 0 costs.Missed.Count
        }

        test "crowds and what lies on them take no part" {
            let crowd = {
                truthBox 9L 2L 1L 0.0 with
                    Crowd = true
            }

            let costs =
                costs (crowd :: objects) [ found; detectionBox 1L 1L 100.0 0.8; detectionBox 2L 1L 0.0 0.95 ]

            nothingElse costs []
        }

        test "a category without detections has nothing left to find when its misses are mended" {
            let costs = costs [ truthBox 1L 1L 1L 0.0 ] []
            equal 1 costs.Missed.Count
            near "missed" 1.0 costs.Missed
        }

        test "without ground truth every detection is on background, and nothing is won" {
            let costs = costs [] [ found ]
            equal { Count = 1; AP = 0.0 } costs.Background
            equal costs.Background costs.FalsePositives
            nothingElse costs [ costs.Background ]
        }
    ]
