module DynamicRcnn.Core.Tests.Evaluation.VocPrecisionTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes
open Expecto

let private voc truths detections : VocAP =
    (CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L; 2L |], [| 1L; 2L |])).Voc

let private assertAP (elevenPoint: float) (area: float) (ap: VocAP) =
    within 1e-12 elevenPoint ap.ElevenPoint
    within 1e-12 area ap.Area

[<Tests>]
let tests =
    testList "Evaluation.VocPrecision" [
        test "a curve worked out by hand gives both averages" {
            // Right, wrong, right; two of three objects. Precision 1 up to recall 1/3, then 2/3 up to recall 2/3, then 0.
            let truths = [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 1L 50.0; truthBox 3L 2L 1L 0.0 ]

            let detections = [
                detectionBox 1L 1L 0.0 0.9
                detectionBox 1L 1L 200.0 0.8
                detectionBox 2L 1L 0.0 0.7
            ]

            // Recalls 0 to 0.3 have precision 1, 0.4 to 0.6 have 2/3.
            voc truths detections
            |> assertAP ((4.0 + 3.0 * 2.0 / 3.0) / 11.0) (1.0 / 3.0 + 2.0 / 9.0)
        }

        test "a second detection of an object is wrong even beside a free object" {
            // It overlaps the first object most, by 9/11, and the second by 7/13, which COCO would give it.
            let truths = [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 1L 4.0 ]
            let detections = [ detectionBox 1L 1L 0.0 0.9; detectionBox 1L 1L 1.0 0.8 ]
            voc truths detections |> assertAP (6.0 / 11.0) 0.5

            let coco =
                CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L |], [| 1L |])

            within 1e-12 1.0 coco.AP50
        }

        test "a difficult object is not asked for, and its detection is left out" {
            let difficult = {
                truthBox 2L 1L 1L 50.0 with
                    Crowd = true
            }

            voc [ truthBox 1L 1L 1L 0.0; difficult ] [
                detectionBox 1L 1L 50.0 0.9
                detectionBox 1L 1L 50.0 0.8
                detectionBox 1L 1L 0.0 0.7
            ]
            |> assertAP 1.0 1.0
        }

        test "a box is measured between its edges: an IoU of a half is enough, and no pixel is added" {
            let wide = {
                truthBox 1L 1L 1L 0.0 with
                    Width = 20.0
            }

            voc [ wide ] [ detectionBox 1L 1L 0.0 0.9 ] |> assertAP 1.0 1.0

            voc [ { wide with Width = 20.1 } ] [ detectionBox 1L 1L 0.0 0.9 ]
            |> assertAP 0.0 0.0
        }

        test "classes without an object do not enter the mean, and id 0 has no meaning" {
            voc [ truthBox 0L 1L 1L 0.0 ] [ detectionBox 1L 1L 0.0 0.9; detectionBox 1L 2L 0.0 0.9 ]
            |> assertAP 1.0 1.0

            voc [] [ detectionBox 1L 1L 0.0 0.9 ] |> assertAP -1.0 -1.0
        }

        test "more than a hundred detections of an image take part" {
            let wrong =
                List.init 150 (fun i -> detectionBox 1L 1L 500.0 (0.9 - float i / 1000.0))

            voc [ truthBox 1L 1L 1L 0.0 ] (wrong @ [ detectionBox 1L 1L 0.0 0.1 ])
            |> assertAP (1.0 / 151.0) (1.0 / 151.0)
        }
    ]
