module DynamicRcnn.Core.Tests.Evaluation.CocoEvaluationTests

open System.Text.Json
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

let private expect (result: Parsed<'T>) : 'T =
    Expect.isTrue result.IsOk (String.concat "\n" result.Problems)
    result.Value

let private evaluateFiles (truthFile: string) (resultsFile: string) : EvaluationResult =
    let truth =
        CocoResultsText.groundTruth (truthFile, SharedData.read truthFile) |> expect

    let detections =
        CocoResultsText.results (resultsFile, SharedData.read resultsFile, truth)
        |> expect

    CocoResultsText.evaluate (truth, detections)

let private assertFigures (expected: JsonElement) (result: EvaluationResult) =
    equal 12 result.Figures.Length

    for figure in result.Figures do
        within 1e-12 (expected.GetProperty(figure.Name).GetDouble()) figure.Value

let private expectedSet (name: string) : JsonElement =
    let document = JsonDocument.Parse(SharedData.read "coco_eval/hostile/expected.json")
    document.RootElement.GetProperty("sets").GetProperty(name)

let private truthBox id x width : EvaluationBox = {
    Id = id
    ImageId = 1L
    CategoryId = 1L
    X = x
    Y = 0.0
    Width = width
    Height = 10.0
    Area = width * 10.0
    Crowd = false
}

let private detectionBox x width score : DetectionBox = {
    ImageId = 1L
    CategoryId = 1L
    X = x
    Y = 0.0
    Width = width
    Height = 10.0
    Score = score
}

let private evaluate truths detections =
    CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L |], [| 1L |])

/// 101-point precision 1 everywhere, times tp / (tp + spacing).
let private perfect = 1.0

[<Tests>]
let tests =
    testList "Evaluation.CocoEvaluation" [
        test "the published case gives its twelve figures and its AP at each threshold" {
            let result =
                evaluateFiles
                    "coco_eval/instances_val2014_100.json"
                    "coco_eval/instances_val2014_fakebbox100_results.json"

            let expected = expectedSet "published_100"
            assertFigures (expected.GetProperty "stats") result

            let byIoU =
                expected.GetProperty("ap_by_iou").EnumerateArray()
                |> Seq.map _.GetDouble()
                |> Array.ofSeq

            equal 10 byIoU.Length
            Array.iteri (fun i (value: float) -> within 1e-12 value result.APByIoU[i]) byIoU
        }

        testTheory "hostile sets give pycocotools' figures, per category too" [ "set0"; "set3" ] (fun name ->
            let result =
                evaluateFiles $"coco_eval/hostile/{name}_gt.json" $"coco_eval/hostile/{name}_dt.json"

            let expected = expectedSet name
            assertFigures (expected.GetProperty "stats") result

            let perCategory =
                expected.GetProperty("per_category_ap").EnumerateArray() |> Array.ofSeq

            equal perCategory.Length result.Categories.Length

            for pair, category in Array.zip perCategory result.Categories do
                equal (pair[0].GetInt64()) category.CategoryId
                within 1e-12 (pair[1].GetDouble()) category.AP)

        test "one exact detection is perfect at every threshold" {
            let result = evaluate [ truthBox 1L 0.0 10.0 ] [ detectionBox 0.0 10.0 0.3 ]
            within 1e-12 perfect result.AP
            equal 10 result.APByIoU.Length
            result.APByIoU |> Array.iter (within 1e-12 perfect)
        }

        test "a ground truth with id 0 makes its detection a false positive" {
            let result = evaluate [ truthBox 0L 0.0 10.0 ] [ detectionBox 0.0 10.0 0.3 ]
            equal 0.0 result.AP
        }

        test "without ground truth every figure is minus one" {
            let result = evaluate [] [ detectionBox 0.0 10.0 0.3 ]
            equal 12 result.Figures.Length

            for figure in result.Figures do
                equal -1.0 figure.Value

            result.APByIoU |> Array.iter (equal -1.0)
            equal -1.0 result.Categories[0].AP
            equal 1 result.DetectionCount
        }

        test "without detections recall and precision are zero" {
            let result = evaluate [ truthBox 1L 0.0 10.0 ] []
            equal 0.0 result.AP
            equal 0.0 result.Categories[0].AR100
        }

        test "detections beyond the hundred best of an image do not count" {
            let wrong =
                List.init 100 (fun i -> detectionBox 500.0 10.0 (1.0 - float i / 1000.0))

            let result =
                evaluate [ truthBox 1L 0.0 10.0 ] (wrong @ [ detectionBox 0.0 10.0 0.1 ])

            equal 0.0 result.AP
        }

        test "equal scores keep the input's order" {
            let right, wrong = detectionBox 0.0 10.0 0.5, detectionBox 500.0 10.0 0.5
            within 1e-12 1.0 (evaluate [ truthBox 1L 0.0 10.0 ] [ right; wrong ]).AP
            within 1e-12 0.5 (evaluate [ truthBox 1L 0.0 10.0 ] [ wrong; right ]).AP
        }

        test "a crowd takes any number of detections, and none of them counts" {
            let crowd = {
                truthBox 2L 100.0 50.0 with
                    Crowd = true
            }

            let inCrowd = List.init 3 (fun i -> detectionBox (100.0 + float i) 10.0 0.9)

            let result =
                evaluate [ truthBox 1L 0.0 10.0; crowd ] (inCrowd @ [ detectionBox 0.0 10.0 0.1 ])

            within 1e-12 1.0 result.AP
            equal 1 result.GroundTruthCount
            equal 1 result.CrowdCount
        }

        test "a detection that no threshold but the lowest accepts counts there alone" {
            // IoU = 10 / 20 = 0.5: equal to the threshold is enough.
            let result = evaluate [ truthBox 1L 0.0 20.0 ] [ detectionBox 0.0 10.0 0.5 ]
            within 1e-12 1.0 result.AP50
            within 1e-12 0.1 result.AP
        }

        test "an area of 1024 is small and medium" {
            let truth = {
                truthBox 1L 0.0 102.4 with
                    Area = 1024.0
            }

            let result = evaluate [ truth ] [ detectionBox 0.0 102.4 0.5 ]

            let figure name =
                (result.Figures |> Array.find (fun figure -> figure.Name = name)).Value

            within 1e-12 1.0 (figure "APs")
            within 1e-12 1.0 (figure "APm")
            equal -1.0 (figure "APl")
        }

        test "the ninth threshold is the double below 0.9" { equal 0.8999999999999999 CocoCurves.iouThresholds[8] }
    ]
