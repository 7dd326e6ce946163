module DynamicRcnn.Core.Tests.Evaluation.ScoreCurvesTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open DynamicRcnn.Core.Tests.Evaluation.CocoReferenceTests
open DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes
open Expecto
open FsCheck
open FsCheck.FSharp

let private propertyOfSets name holds =
    testProperty name (Prop.forAll (Arb.fromGen hostile) holds)

let private evaluateCase ((truths, detections, categories, images): Case) : EvaluationResult =
    CocoEvaluation.evaluate (truths, detections, categories, images)

/// What a point must say, counted anew without the detections below its score.
let private plainPoint (case: Case) (score: float) : ScorePoint =
    let right, taken, truths = CocoReference.countsFrom score case

    let ratio (numerator: int) (denominator: int) = float numerator / float denominator

    {
        Score = score
        Precision = if taken = 0 then -1.0 else ratio right taken
        Recall = if truths = 0 then -1.0 else ratio right truths
        F1 =
            if truths = 0 then
                -1.0
            else
                ratio (2 * right) (taken + truths)
    }

let private highestF1 (case: Case) : float =
    let _, detections, _, _ = case

    detections
    |> Array.map (fun d -> (plainPoint case d.Score).F1)
    |> Array.fold max 0.0

let private isBest (case: Case) (best: ScorePoint) : bool =
    match highestF1 case with
    | 0.0 -> best.Score = -1.0 && best.F1 = -1.0
    | highest -> best = plainPoint case best.Score && best.F1 = highest

let private evaluate truths detections =
    CocoEvaluation.evaluate (Array.ofList truths, Array.ofList detections, [| 1L; 2L |], [| 1L |])

[<Tests>]
let tests =
    testList "Evaluation.ScoreCurves" [
        propertyOfSets "the best F1 is that of a plain search over all scores, of all and of each category" (fun case ->
            let truths, detections, _, images = case
            let result = evaluateCase case

            isBest case result.Scores.Best
            && result.Categories
               |> Array.forall (fun category ->
                   isBest (truths, detections, [| category.CategoryId |], images) category.BestScore))

        propertyOfSets "every point is what a count without the detections below its score says" (fun case ->
            let points = (evaluateCase case).Scores.Points

            points.Length = 101
            // 101 plain evaluations of a large set would take long: those around the scores that sets are full of.
            && [ 0; 1; 25; 49; 50; 51; 75; 99; 100 ]
               |> List.forall (fun i -> points[i] = plainPoint case (float i / 100.0)))

        propertyOfSets "recall never rises with the score" (fun case ->
            (evaluateCase case).Scores.Points
            |> Array.pairwise
            |> Array.forall (fun (lower, higher) -> higher.Recall <= lower.Recall))

        test "of equal F1 the highest score is taken, halfway to the next" {
            let truths = [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 1L 50.0 ]
            // One right of one: 2 / 3; then a wrong one; then 4 / 5; then a wrong one: 4 / 6.
            let detections = [
                detectionBox 1L 1L 0.0 0.9
                detectionBox 1L 1L 200.0 0.8
                detectionBox 1L 1L 50.0 0.6
                detectionBox 1L 1L 300.0 0.5
            ]

            let best = (evaluate truths detections).Scores.Best
            within 1e-15 0.55 best.Score
            equal 0.8 best.F1
            equal 1.0 best.Recall
            equal (2.0 / 3.0) best.Precision

            // Without the second object's detection the first one alone is best: all that follow are wrong.
            let best = (evaluate truths (List.removeAt 2 detections)).Scores.Best
            within 1e-15 0.85 best.Score

            // 2 / 3 with the first alone, and 4 / 6 with all four.
            let late = [
                detectionBox 1L 1L 0.0 0.9
                detectionBox 1L 1L 200.0 0.8
                detectionBox 1L 1L 300.0 0.7
                detectionBox 1L 1L 50.0 0.6
            ]

            within 1e-15 0.85 (evaluate truths late).Scores.Best.Score
        }

        test "nothing lies below the last detection: its own score is the threshold" {
            let best =
                (evaluate [ truthBox 1L 1L 1L 0.0 ] [ detectionBox 1L 1L 0.0 0.3 ]).Scores.Best

            equal
                {
                    Score = 0.3
                    Precision = 1.0
                    Recall = 1.0
                    F1 = 1.0
                }
                best
        }

        test "each class has its threshold in the order of the labels, and -1 where nothing of it is found" {
            let result =
                evaluate [ truthBox 1L 1L 1L 0.0; truthBox 2L 1L 2L 50.0 ] [
                    detectionBox 1L 1L 0.0 0.25
                    detectionBox 1L 2L 90.0 0.75
                ]

            equal
                {
                    All = 0.25
                    ByClass = [| -1.0; 0.25; -1.0 |]
                }
                (CocoEvaluation.thresholds (result, [| 2L; 1L; 7L |]))
        }

        test "a score that is no number reaches no threshold" {
            let truths = [ truthBox 1L 1L 1L 0.0 ]
            equal -1.0 (evaluate truths [ detectionBox 1L 1L 0.0 nan ]).Scores.Best.Score
            equal 0.5 (evaluate truths [ detectionBox 1L 1L 0.0 0.5; detectionBox 1L 1L 0.0 nan ]).Scores.Best.Score
        }
    ]
